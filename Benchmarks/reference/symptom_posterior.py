"""An independent program for the posterior of `Forecast`: the same model written in NumPyro, with the fluctuation sampled at every score and the
cells of totals exact, where Euthymia integrates the fluctuation out by moment matching.

    pip install numpyro "jax[cpu]"
    swift run -c release Benchmarks forecast-patients > patients.json
    python symptom_posterior.py patients.json > symptom_posterior.json

patients.json holds the constants and the histories; the output adds mean, sd, 5, 50 and 95 % of every parameter in standard deviations of the prior.
"""
import json, sys, time
import numpy as np
import jax, jax.numpy as jnp
from jax.scipy.special import log_ndtr, ndtr
import numpyro, numpyro.distributions as dist
from numpyro.diagnostics import effective_sample_size, gelman_rubin
from numpyro.infer import MCMC, NUTS

jax.config.update("jax_enable_x64", True)
numpyro.set_host_device_count(1)
CHAINS, WARM = 4, 1000


def severity(c, z, doses, days, start):
    """Latent angle at the days asked for; z: baseline, sensitivity, durability, drift, volatility."""
    a = c["axes"]
    value = [a[i]["centre"] + a[i]["spread"] * z[i] for i in range(5)]
    base, sens, dur, drift = jnp.sin(value[0]) ** 2, jnp.exp(value[1]), jnp.exp(value[2]), value[3]
    t, u = doses
    felt = 0.0
    for gain, effect, tau, onset in ((c["fastGain"], c["fastEffect"], c["fastTime"], c["fastOnset"]), (c["slowGain"], c["slowEffect"], c["slowTime"], c["slowOnset"])):
        tau = tau * dur
        lifts, level = [], 0.0
        for k in range(len(t)):
            if k: level = level * jnp.exp(-(t[k] - t[k - 1]) / tau)
            lift = (1 - level) * (1 - np.exp(-gain * u[k]))
            level = level + lift
            lifts.append(lift)
        since = days[:, None] - t[None, :]
        after = since > 0
        s = jnp.where(after, since, 0.0)
        felt = felt + effect * jnp.sum(jnp.where(after, jnp.stack(lifts)[None, :] * jnp.exp(-s / tau) * (1 - jnp.exp(-s / onset)), 0.0), axis=1)
    since = np.maximum(days - start, 0)
    rise = c["driftEarly"] * (1 - np.exp(-since / c["expectancyTime"])) + (1 - c["driftEarly"]) * (1 - np.exp(-since / c["driftTime"]))
    last = np.array([max([x for x in t if x < d], default=-np.inf) for d in days])
    gone = days - last
    settled = c["expectancyBase"] + c["expectancyBelief"]
    expect = np.where(np.isfinite(gone), settled * (1 - np.exp(-since / c["expectancyTime"])) * np.exp(-gone / c["expectancyMemory"]) + c["transient"] * np.exp(-gone / c["transientTime"]), 0.0)
    share = jnp.clip(base * jnp.exp(-(sens * felt + drift * rise + expect)), 1e-6, 0.9999)
    return jnp.arcsin(jnp.sqrt(share))


def log_cell(low, high, centre, sd):
    a, b = (low - centre) / sd, (high - centre) / sd
    flip = a > 0
    a, b = jnp.where(flip, -b, a), jnp.where(flip, -a, b)
    lb, la = log_ndtr(b), log_ndtr(jnp.maximum(a, -1e10))
    return lb + jnp.log1p(-jnp.exp(jnp.minimum(la - lb, -1e-14)))


def one(c, p, z, bias, eps):
    """Log likelihood of one patient: standard normal z (axes), bias (of further scales) and eps (innovations of the fluctuation)."""
    used, scores = p["biased"], p["history"]["scores"]
    days = np.array([s["day"] for s in scores])
    scale = [c["scales"][s["scale"]] for s in scores]
    doses = (np.array([d["day"] for d in p["history"]["doses"]]), np.array([d["occupancyHours"] for d in p["history"]["doses"]]))
    h = severity(c, z, doses, days, doses[0][0])
    vol = jnp.exp(c["axes"][4]["centre"] + c["axes"][4]["spread"] * z[4])
    kept = np.exp(-np.diff(days, prepend=days[0] - 1e9) / c["fluctuationTime"])
    wander = []
    for i in range(len(days)):
        innovation = np.sqrt(1 - kept[i] ** 2) * eps[i]
        wander.append(innovation if i == 0 else kept[i] * wander[-1] + innovation)
    n = jnp.stack(wander) * vol * c["fluctuation"]
    slope, shift = np.array([s["slope"] for s in scale]), np.array([s["shift"] for s in scale])
    noise, most = vol * np.array([s["noise"] for s in scale]), np.array([s["maximum"] for s in scale])
    index = [used.index(s["scale"]) if s["scale"] in used else -1 for s in scores]
    own = jnp.stack([bias[i] * c["scales"][used[i]]["crosswalk"] if i >= 0 else jnp.zeros(()) for i in index])
    centre = shift + slope * (h + n) + own
    y = np.array([s["total"] for s in scores])
    low = np.where(y <= 0, -1e3, np.arcsin(np.sqrt(np.clip(y / (most + 1), 0, 1))))
    high = np.where(y >= most, 1e3, np.arcsin(np.sqrt(np.clip((y + 1) / (most + 1), 0, 1))))
    q = c["outlierShare"]
    usual = log_cell(low, high, centre, noise) + np.log1p(-q)
    odd = log_cell(low, high, centre, jnp.sqrt(noise**2 + c["outlierSpread"] ** 2)) + np.log(q)
    return jnp.sum(jnp.logaddexp(usual, odd))


def model(c, p):
    z = numpyro.sample("z", dist.Normal(0, 1).expand([5]).to_event(1))
    bias = numpyro.sample("bias", dist.Normal(0, 1).expand([max(len(p["biased"]), 1)]).to_event(1))
    eps = numpyro.sample("eps", dist.Normal(0, 1).expand([len(p["history"]["scores"])]).to_event(1))
    numpyro.factor("scores", one(c, p, z, bias, eps))


def reference(c, p, draws, key):
    """Numbers of one patient, with the effective sample size (bulk and both tails) of its least parameter."""
    kernel = NUTS(model, target_accept_prob=0.9)
    mcmc = MCMC(kernel, num_warmup=WARM, num_samples=draws, num_chains=CHAINS, chain_method="vectorized", progress_bar=False)
    mcmc.run(key, c, p)
    by_chain = mcmc.get_samples(group_by_chain=True)
    x = np.concatenate([np.asarray(by_chain["z"]), np.asarray(by_chain["bias"])[:, :, : len(p["biased"])]], axis=2)
    flat = x.reshape(-1, x.shape[2])
    bounds = np.quantile(flat, [0.05, 0.95], axis=0)
    effective = [effective_sample_size(x), *(effective_sample_size((x <= q).astype(float)) for q in bounds)]
    numbers = [dict(mean=float(v.mean()), sd=float(v.std()), p05=float(np.quantile(v, 0.05)), p50=float(np.quantile(v, 0.5)), p95=float(np.quantile(v, 0.95))) for v in flat.T]
    return numbers, float(np.min(effective[0])), float(np.min(effective[1:])), float(np.max(gelman_rubin(x)))


def main():
    data = json.load(open(sys.argv[1]))
    c, patients = data["constants"], data["patients"]
    draws = int(sys.argv[2]) if len(sys.argv) > 2 else 10000
    begin = time.perf_counter()
    told = []
    for number, p in enumerate(patients):
        p["reference"], *diagnostics = reference(c, p, draws, jax.random.PRNGKey(number + 1))
        told.append(diagnostics)
        print(number, [round(d, 4) for d in diagnostics], round(time.perf_counter() - begin, 1), file=sys.stderr, flush=True)
    data["seconds"] = round(time.perf_counter() - begin, 1)
    data["least_ess"], data["least_tail_ess"] = min(t[0] for t in told), min(t[1] for t in told)
    data["greatest_r_hat"] = max(t[2] for t in told)
    data["provenance"] = f"NumPyro {numpyro.__version__}, JAX {jax.__version__}, each patient by itself, {CHAINS} chains of {WARM} + {draws}"
    json.dump(data, sys.stdout, indent=1)


main()
