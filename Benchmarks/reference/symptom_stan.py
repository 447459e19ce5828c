"""How fast Stan samples the posterior of one person: symptom_posterior.stan by PyStan, against the means stored in symptom_posterior.json.

    pip install pystan
    python symptom_stan.py symptom_posterior.json 4

Prints for each patient seconds of sampling, the least effective sample size, effective draws a second, and how far the means lie from the stored ones.
"""
import json, sys, time
import numpy as np
import stan


def data(c, p):
    scores, doses = p["history"]["scores"], p["history"]["doses"]
    day, t = np.array([s["day"] for s in scores]), np.array([d["day"] for d in doses])
    area = np.array([d["occupancyHours"] for d in doses])
    scale = [c["scales"][s["scale"]] for s in scores]
    most, y = np.array([s["maximum"] for s in scale]), np.array([s["total"] for s in scores])
    since = np.maximum(day - t[0], 0)
    early, settled = 1 - np.exp(-since / c["expectancyTime"]), c["expectancyBase"] + c["expectancyBelief"]
    gone = np.array([d - max([x for x in t if x < d], default=-np.inf) for d in day])
    expect = np.where(np.isfinite(gone), settled * early * np.exp(-gone / c["expectancyMemory"]) + c["transient"] * np.exp(-gone / c["transientTime"]), 0.0)
    edge = lambda v: np.arcsin(np.sqrt(np.clip(v / (most + 1), 0, 1)))
    used = p["biased"]
    return dict(
        D=len(t), dose_day=t, share=np.stack([1 - np.exp(-c["fastGain"] * area), 1 - np.exp(-c["slowGain"] * area)]), N=len(day), day=day,
        low=np.where(y <= 0, -10.0, edge(y)), high=np.where(y >= most, 10.0, edge(y + 1)), slope=[s["slope"] for s in scale],
        shift=[s["shift"] for s in scale], noise=[s["noise"] for s in scale], B=len(used),
        biased=[used.index(s["scale"]) + 1 if s["scale"] in used else 0 for s in scores], crosswalk=[c["scales"][i]["crosswalk"] for i in used],
        rise=c["driftEarly"] * early + (1 - c["driftEarly"]) * (1 - np.exp(-since / c["driftTime"])), background=expect,
        centre=[a["centre"] for a in c["axes"]], spread=[a["spread"] for a in c["axes"]], effect=[c["fastEffect"], c["slowEffect"]],
        tau=[c["fastTime"], c["slowTime"]], onset=[c["fastOnset"], c["slowOnset"]], fluctuation=c["fluctuation"], fluctuation_time=c["fluctuationTime"],
        outlier_share=c["outlierShare"], outlier_spread=c["outlierSpread"])


def effective(chains):
    """Of one parameter, chains by row: Geyer's initial positive sequence over all of them (A. Gelman and others, Bayesian Data Analysis, 3rd ed., 11.5)."""
    m, n = chains.shape
    centred = chains - chains.mean(axis=1, keepdims=True)
    size = 2 ** int(np.ceil(np.log2(2 * n)))
    f = np.fft.rfft(centred, size, axis=1)
    autocovariance = np.fft.irfft(f * np.conj(f), size, axis=1)[:, :n].mean(axis=0) / n
    within = autocovariance[0] * n / (n - 1)
    variance = autocovariance[0] + chains.mean(axis=1).var(ddof=1) if m > 1 else autocovariance[0]
    rho = 1 - (within - autocovariance) / variance
    total, k = 0.0, 1
    while k + 1 < n and rho[k] + rho[k + 1] > 0:
        total, k = total + rho[k] + rho[k + 1], k + 2
    return m * n / (1 + 2 * total)


def main():
    stored = json.load(open(sys.argv[1]))
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    code = open(__file__.replace("symptom_stan.py", "symptom_posterior.stan")).read()
    rates = []
    for number, p in enumerate(stored["patients"][:count]):
        posterior = stan.build(code, data=data(stored["constants"], p), random_seed=number + 1)
        begin = time.perf_counter()
        fit = posterior.sample(num_chains=1, num_warmup=1000, num_samples=4000, delta=0.9)
        seconds = time.perf_counter() - begin
        x = np.concatenate([fit["z"], fit["bias"]])
        least = min(effective(row[None, :]) for row in x)
        off = max(abs(row.mean() - r["mean"]) / r["sd"] for row, r in zip(x, p["reference"]))
        rates.append(least / seconds)
        print(f"patient {number}: {seconds:.2f} s, least ESS {least:.0f}, {rates[-1]:.0f} effective draws a second, means within {off:.3f} SD", flush=True)
    print(f"median {np.median(rates):.0f} effective draws a second: {3000 / np.median(rates):.2f} s for 3000")


main()
