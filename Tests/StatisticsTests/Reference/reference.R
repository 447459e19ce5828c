# Reference numbers for SurvivalTests and ModelTests: data and results, one line each: name, then numbers to 17 digits.
#   Rscript reference.R FOLDER > reference.txt       (FOLDER holds antidepressant.csv)
# The tests run this where R with survival and nlme is installed, and read the stored reference.txt otherwise.
suppressMessages({library(survival); library(nlme)})
folder <- commandArgs(TRUE)[1]
cat(sprintf("# %s, survival %s, nlme %s\n", R.version.string, packageVersion("survival"), packageVersion("nlme")))
put <- function(name, x) cat(name, ifelse(is.na(x), "NA", sprintf("%.17g", as.numeric(x))), "\n")

# Distributions: both tails and quantiles, from R's nmath.
for (df in c(1, 2.5, 7, 40, 600)) {
  x <- c(0.01, 0.5, 1.96, 6, 30)
  put(paste0("t.", df), c(x, pt(x, df, lower.tail = FALSE), qt(c(0.6, 0.975, 0.9999), df), dt(x, df)))
  put(paste0("chisq.", df), c(x, pchisq(x, df), pchisq(x, df, lower.tail = FALSE), qchisq(c(0.05, 0.5, 0.999), df)))
  for (d2 in c(1, 9.5, 300)) put(paste0("f.", df, ".", d2), c(x, pf(x, df, d2), pf(x, df, d2, lower.tail = FALSE), qf(c(0.05, 0.5, 0.999), df, d2)))
}

# Shares and rates: Wilson's limits, Garwood's, and the binomial distribution around its quantiles.
for (x in c(0, 3, 20)) put(paste0("wilson.", x), prop.test(x, 20, correct = FALSE)$conf.int)
for (x in c(0, 1, 10, 300)) put(paste0("garwood.", x), poisson.test(x)$conf.int)
for (n in c(5, 40, 700)) for (p in c(0.025, 0.975)) { q <- qbinom(p, n, 0.37); put(paste0("binomial.", n, ".", p), c(q, pbinom(q, n, 0.37), pbinom(q - 1, n, 0.37))) }

# Survival. The three smaller data sets are published tables and stand in reference.txt:
# lung: Loprinzi, J Clin Oncol 12 (1994) 601. veteran: Kalbfleisch and Prentice, The Statistical Analysis of Failure Time Data (1980).
# ovarian: Edmonson, Cancer Treat Rep 63 (1979) 241. colon (Moertel, NEJM 322 (1990) 352) is large and only used where R is.
control <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 60)
km <- function(name, time, event) {
  fit <- survfit(Surv(time, event) ~ 1)
  put(paste0(name, ".km"), c(rbind(fit$time, fit$n.risk, fit$n.event, fit$surv, fit$std.err)))
  for (type in c("plain", "log", "log-log")) {
    fit <- survfit(Surv(time, event) ~ 1, conf.type = type)
    put(paste0(name, ".km.", type), c(rbind(fit$lower, fit$upper)))
    q <- quantile(fit, c(0.25, 0.5, 0.75))
    put(paste0(name, ".quantile.", type), c(rbind(q$quantile, q$lower, q$upper)))
  }
}
rmst <- function(name, time, event, limit) put(paste0(name, ".rmst"), c(limit, summary(survfit(Surv(time, event) ~ 1), rmean = limit)$table[c("rmean", "se(rmean)")]))
logrank <- function(name, test) put(name, c(test$chisq, rowSums(as.matrix(test$obs)), rowSums(as.matrix(test$exp))))
cox <- function(name, formula, data) for (ties in c("efron", "breslow")) {
  people <<- data
  fit <- coxph(formula, people, ties = ties, control = control)
  hazard <- basehaz(fit, centered = FALSE)
  hazard <- hazard[c(TRUE, diff(hazard$hazard) > 0) & hazard$hazard > 0, ]
  put(paste0(name, ".cox.", ties), c(fit$loglik, fit$score, coef(fit), fit$var))
  put(paste0(name, ".hazard.", ties), c(rbind(hazard$time, hazard$hazard)))
}
incidence <- function(name, time, cause) {
  fit <- survfit(Surv(time, factor(cause)) ~ 1)
  put(paste0(name, ".incidence"), c(rbind(fit$time, t(fit$pstate[, -1]), t(fit$std.err[, -1]))))
}

put("lung.time", lung$time); put("lung.status", lung$status - 1); put("lung.age", lung$age); put("lung.sex", lung$sex)
put("lung.ecog", lung$ph.ecog)
km("lung", lung$time, lung$status == 2)
rmst("lung", lung$time, lung$status == 2, 600)
logrank("lung.logrank", survdiff(Surv(time, status) ~ sex, lung))
logrank("lung.logrank.strata", survdiff(Surv(time, status) ~ sex + strata(age > 60), lung))
cox("lung", Surv(time, status) ~ age + factor(sex), lung)
fit <- coxph(Surv(time, status) ~ age + strata(sex), lung, control = control)
put("lung.cox.strata", c(fit$loglik, fit$score, coef(fit), fit$var))
# Entering late: the first third of the time is not seen.
late <- survfit(Surv(time / 3, time, status) ~ 1, lung)
put("lung.late.km", c(rbind(late$time, late$n.risk, late$surv, late$std.err))[rep(rbind(late$n.event > 0 | late$n.censor > 0), each = 4)])
fit <- coxph(Surv(time / 3, time, status) ~ age + factor(sex), lung, control = control)
put("lung.late.cox", c(fit$loglik, fit$score, coef(fit), fit$var))

put("veteran.time", veteran$time); put("veteran.status", veteran$status); put("veteran.celltype", as.integer(veteran$celltype) - 1)
put("veteran.trt", veteran$trt); put("veteran.karno", veteran$karno); put("veteran.age", veteran$age)
km("veteran", veteran$time, veteran$status)
logrank("veteran.logrank", survdiff(Surv(time, status) ~ celltype, veteran))
cox("veteran", Surv(time, status) ~ celltype + trt + karno + age, veteran)
incidence("veteran", veteran$time, ifelse(veteran$status == 0, 0, ifelse(veteran$karno < 60, 1, 2)))

put("ovarian.time", ovarian$futime); put("ovarian.status", ovarian$fustat); put("ovarian.rx", ovarian$rx); put("ovarian.age", ovarian$age)
km("ovarian", ovarian$futime, ovarian$fustat)
cox("ovarian", Surv(futime, fustat) ~ rx + age, ovarian)

if (length(commandArgs(TRUE)) > 1) {
  deaths <- subset(colon, etype == 2)
  recurrences <- subset(colon, etype == 1)
  put("colon.time", deaths$time); put("colon.status", deaths$status); put("colon.rx", as.integer(deaths$rx) - 1); put("colon.age", deaths$age)
  km("colon", deaths$time, deaths$status)
  logrank("colon.logrank", survdiff(Surv(time, status) ~ rx, deaths))
  cox("colon", Surv(time, status) ~ rx + age, deaths)
  put("colon.cause", ifelse(recurrences$status == 1, 1, ifelse(deaths$status == 1, 2, 0))); put("colon.first", recurrences$time)
  incidence("colon", recurrences$time, ifelse(recurrences$status == 1, 1, ifelse(deaths$status == 1, 2, 0)))
}

# Linear models. ToothGrowth: Crampton, J Nutr 33 (1947) 491. warpbreaks: Tippett, Technological Applications of Statistics (1950).
linear <- function(name, fit, newdata) {
  put(paste0(name, ".lm"), c(deviance(fit), df.residual(fit), coef(fit), vcov(fit)))
  put(paste0(name, ".anova"), c(t(as.matrix(anova(fit)[, c("Df", "Sum Sq", "F value", "Pr(>F)")]))))
  means <- predict(fit, newdata, se.fit = TRUE)
  put(paste0(name, ".means"), c(rbind(means$fit, means$se.fit)))
  coefficients <- summary(fit)$coefficients
  put(paste0(name, ".tests"), c(t(coefficients[, 3:4])))
  put(paste0(name, ".intervals"), c(t(confint(fit))))
}
put("tooth.len", ToothGrowth$len); put("tooth.supp", as.integer(ToothGrowth$supp) - 1); put("tooth.dose", ToothGrowth$dose)
tooth <- transform(ToothGrowth, dose = factor(dose))
linear("tooth", lm(len ~ supp * dose, tooth), expand.grid(dose = levels(tooth$dose), supp = levels(tooth$supp)))
put("warp.breaks", warpbreaks$breaks); put("warp.wool", as.integer(warpbreaks$wool) - 1); put("warp.tension", as.integer(warpbreaks$tension) - 1)
linear("warp", lm(log(breaks) ~ wool + tension, warpbreaks), expand.grid(tension = levels(warpbreaks$tension), wool = levels(warpbreaks$wool)))

# Analysis of covariance of a trial: change of HAM-D-17 at the last visit. Goldstein 2004 as re-made by rbmi (Apache-2.0).
trial <- read.csv(file.path(folder, "antidepressant.csv"))
trial <- transform(trial, THERAPY = relevel(factor(THERAPY), "PLACEBO"), PATIENT = factor(PATIENT), VISIT = factor(VISIT))
last <- subset(trial, VISIT == "7")
linear("trial", lm(CHANGE ~ THERAPY + BASVAL, last), data.frame(THERAPY = levels(trial$THERAPY), BASVAL = mean(last$BASVAL)))

# Repeated measures with an unstructured covariance.
# Satterthwaite's degrees of freedom: by numerical derivatives of the restricted likelihood written out in matrices, independent of nlme's.
satterthwaite <- function(X, y, subject, visit, sigma, rows) {
  T <- nrow(sigma); index <- which(lower.tri(sigma, TRUE))
  parts <- split(seq_along(y), subject)
  # The covariance by the factor of Cholesky, its diagonal as logarithms: degrees of freedom do not depend on how it is written.
  build <- function(theta) { L <- matrix(0, T, T); L[index] <- theta; diag(L) <- exp(diag(L)); L %*% t(L) }
  information <- function(theta) {
    S <- build(theta); A <- matrix(0, ncol(X), ncol(X)); b <- numeric(ncol(X)); d <- 0
    for (p in parts) {
      V <- S[visit[p], visit[p], drop = FALSE]; W <- solve(V)
      A <- A + t(X[p, , drop = FALSE]) %*% W %*% X[p, , drop = FALSE]; b <- b + t(X[p, , drop = FALSE]) %*% W %*% y[p]
      d <- d + as.numeric(determinant(V)$modulus)
    }
    beta <- solve(A, b); r <- y - X %*% beta; q <- 0
    for (p in parts) q <- q + t(r[p]) %*% solve(S[visit[p], visit[p], drop = FALSE], r[p])
    list(A = A, value = 0.5 * (d + as.numeric(determinant(A)$modulus) + as.numeric(q)))
  }
  L <- t(chol(sigma)); scale <- matrix(diag(L), T, T); diag(scale) <- 1; diag(L) <- log(diag(L))
  theta <- L[index]; step <- 2e-3 * scale[index]
  value <- function(theta) information(theta)$value
  n <- length(theta); H <- matrix(0, n, n)
  shift <- function(i, j, a, b) { t <- theta; t[i] <- t[i] + a * step[i]; t[j] <- t[j] + b * step[j]; value(t) }
  for (i in 1:n) for (j in 1:i) H[i, j] <- H[j, i] <- (shift(i, j, 1, 1) - shift(i, j, 1, -1) - shift(i, j, -1, 1) + shift(i, j, -1, -1)) / (4 * step[i] * step[j])
  covariance <- solve(H)
  variance <- function(theta, l) as.numeric(t(l) %*% solve(information(theta)$A, l))
  apply(rows, 1, function(l) {
    g <- sapply(1:n, function(i) { a <- b <- theta; a[i] <- a[i] + step[i]; b[i] <- b[i] - step[i]; (variance(a, l) - variance(b, l)) / (2 * step[i]) })
    2 * variance(theta, l)^2 / as.numeric(t(g) %*% covariance %*% g)
  })
}
mixed <- function(name, formula, data, subject, visit, rows) {
  data$subject <- factor(subject); data$visit <- as.integer(factor(visit))
  data <- data[order(data$subject, data$visit), ]
  fit <- gls(formula, data, correlation = corSymm(form = ~ visit | subject), weights = varIdent(form = ~ 1 | visit), method = "REML",
             control = glsControl(tolerance = 1e-12, msTol = 1e-12, maxIter = 200, msMaxIter = 500))
  X <- model.matrix(formula, data); y <- data[[as.character(formula[[2]])]]
  C <- corMatrix(fit$modelStruct$corStruct); complete <- C[[which.max(sapply(C, nrow))]]
  s <- fit$sigma * c(1, coef(fit$modelStruct$varStruct, unconstrained = FALSE))[order(c(1, as.integer(names(coef(fit$modelStruct$varStruct, unconstrained = FALSE)))))]
  sigma <- complete * outer(s, s)
  L <- rows(ncol(X))
  V <- vcov(fit)
  df <- satterthwaite(X, y, data$subject, data$visit, sigma, L)
  put(paste0(name, ".mmrm"), c(as.numeric(logLik(fit)), coef(fit), V))
  put(paste0(name, ".sigma"), sigma)
  put(paste0(name, ".contrasts"), c(rbind(as.numeric(L %*% coef(fit)), sqrt(diag(L %*% V %*% t(L))), df)))
  put(paste0(name, ".rows"), t(L))
}
last.row <- function(n) { L <- matrix(0, 2, n); L[1, 2] <- 1; L[2, 2] <- 1; L[2, n] <- 1; L }
# Orthodont: Potthoff and Roy, Biometrika 51 (1964) 313.
put("ortho.distance", Orthodont$distance); put("ortho.age", Orthodont$age); put("ortho.sex", as.integer(Orthodont$Sex) - 1)
put("ortho.subject", as.integer(factor(as.character(Orthodont$Subject))))
ortho <- transform(as.data.frame(Orthodont), Age = factor(age))
mixed("ortho", distance ~ Sex * Age, ortho, ortho$Subject, ortho$age, last.row)
# The same with every seventh row missing.
mixed("gaps", distance ~ Sex * Age, ortho[-seq(3, 108, 7), ], ortho$Subject[-seq(3, 108, 7)], ortho$age[-seq(3, 108, 7)], last.row)
# BodyWeight: Crowder and Hand, Analysis of Repeated Measures (1990), table 2.4; four of the weighings.
body <- subset(as.data.frame(BodyWeight), Time %in% c(1, 22, 43, 64)); body$Day <- factor(body$Time)
put("body.weight", body$weight); put("body.day", body$Time); put("body.diet", as.integer(body$Diet) - 1); put("body.rat", as.integer(as.character(body$Rat)))
mixed("body", weight ~ Diet * Day, body, as.integer(as.character(body$Rat)), body$Time, last.row)
mixed("trial", CHANGE ~ THERAPY * VISIT + BASVAL, trial, trial$PATIENT, as.integer(as.character(trial$VISIT)), last.row)
