// The posterior of one person in Stan: the same model as symptom_posterior.py, the fluctuation sampled at every score, cells of totals exact.
functions {
  // ln(Φ(b) − Φ(a)), by the tail in which both lie.
  real log_cell(real low, real high, real centre, real sd) {
    real a = (low - centre) / sd;
    real b = (high - centre) / sd;
    if (a > 0) return log_diff_exp(std_normal_lcdf(-a | ), std_normal_lcdf(-b | ));
    return log_diff_exp(std_normal_lcdf(b | ), std_normal_lcdf(a | ));
  }
}
data {
  int<lower=1> D;                      // doses
  vector[D] dose_day;
  array[2] vector[D] share;            // of what is missing that each dose adds, fast and slow
  int<lower=1> N;                      // scores
  vector[N] day;
  vector[N] low;
  vector[N] high;
  vector[N] slope;
  vector[N] shift;
  vector[N] noise;
  int<lower=0> B;                      // scales with a bias of their own
  array[N] int<lower=0> biased;
  vector[B] crosswalk;
  vector[N] rise;                      // how much of the drift has come
  vector[N] background;                // expectancy and antidepressant
  vector[5] centre;
  vector[5] spread;
  vector[2] effect;
  vector[2] tau;
  vector[2] onset;
  real fluctuation;
  real fluctuation_time;
  real outlier_share;
  real outlier_spread;
}
transformed data {
  vector[N] kept = rep_vector(0, N);
  for (i in 2:N) kept[i] = exp(-(day[i] - day[i - 1]) / fluctuation_time);
}
parameters {
  vector[5] z;
  vector[B] bias;
  vector[N] eps;
}
model {
  vector[5] value = centre + spread .* z;
  real sensitivity = exp(value[2]);
  real durability = exp(value[3]);
  real volatility = exp(value[5]);
  vector[N] felt = rep_vector(0, N);
  real wander = 0;
  z ~ std_normal();
  bias ~ std_normal();
  eps ~ std_normal();
  for (k in 1:2) {
    real time = tau[k] * durability;
    real level = 0;
    for (d in 1:D) {
      if (d > 1) level *= exp(-(dose_day[d] - dose_day[d - 1]) / time);
      real lift = (1 - level) * share[k, d];
      level += lift;
      for (i in 1:N) {
        real since = day[i] - dose_day[d];
        if (since > 0) felt[i] += effect[k] * lift * exp(-since / time) * (1 - exp(-since / onset[k]));
      }
    }
  }
  for (i in 1:N) {
    real p = square(sin(value[1])) * exp(-(sensitivity * felt[i] + value[4] * rise[i] + background[i]));
    real angle = asin(sqrt(fmin(fmax(p, 1e-6), 0.9999)));
    wander = kept[i] * wander + sqrt(1 - square(kept[i])) * eps[i];
    real seen = shift[i] + slope[i] * (angle + volatility * fluctuation * wander);
    if (biased[i] > 0) seen += bias[biased[i]] * crosswalk[biased[i]];
    real sd = volatility * noise[i];
    target += log_sum_exp(log1m(outlier_share) + log_cell(low[i], high[i], seen, sd),
                          log(outlier_share) + log_cell(low[i], high[i], seen, sqrt(square(sd) + square(outlier_spread))));
  }
}
