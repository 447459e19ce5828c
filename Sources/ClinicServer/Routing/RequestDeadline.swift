import NIOCore
import NIOHTTPTypes

/// How long the server waits for a client.
public struct Patience: Sendable {
    /// For the next request, or the end of its head, on a connection that says nothing whole.
    public var silence = TimeAmount.seconds(60)
    /// For the end of a request whose head has come: a form has 64 KB at most.
    public var request = TimeAmount.seconds(30)

    public init() {}
}

/// Closes the connection of a client that has begun a request and does not come to its end in time, however busily it sends a byte now and then.
final class RequestDeadline: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart

    private let limit: TimeAmount
    private var isUnfinished = false
    private var closing: Scheduled<Void>?

    init(_ limit: TimeAmount) { self.limit = limit }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: isUnfinished = true
        case .body: break
        case .end: stop()
        }
        context.fireChannelRead(data)
    }

    /// Most requests come whole and need no clock.
    func channelReadComplete(context: ChannelHandlerContext) {
        if isUnfinished, closing == nil { closing = context.eventLoop.assumeIsolated().scheduleTask(in: limit) { context.close(promise: nil) } }
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { stop() }

    private func stop() {
        isUnfinished = false
        closing?.cancel()
        closing = nil
    }
}
