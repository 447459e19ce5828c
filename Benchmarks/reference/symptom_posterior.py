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
from numpyro.infer import MCMC, NUTS

jax.config.update("jax_enable_x64", True)
numpyro.set_host_device_count(1)
CHAINS, WARM, DRAWS = 2, 600, int(sys.argv[2]) if len(sys.argv) > 2 else 3000


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


def model(c, patients):
    """All patients in one run: they are independent."""
    count = len(patients)
    most = max(len(p["biased"]) for p in patients)
    length = max(len(p["history"]["scores"]) for p in patients)
    z = numpyro.sample("z", dist.Normal(0, 1).expand([count, 5]).to_event(2))
    bias = numpyro.sample("bias", dist.Normal(0, 1).expand([count, max(most, 1)]).to_event(2))
    eps = numpyro.sample("eps", dist.Normal(0, 1).expand([count, length]).to_event(2))
    numpyro.factor("scores", sum(one(c, p, z[i], bias[i], eps[i]) for i, p in enumerate(patients)))


def main():
    data = json.load(open(sys.argv[1]))
    c, patients = data["constants"], data["patients"]
    mcmc = MCMC(NUTS(model, target_accept_prob=0.9), num_warmup=WARM, num_samples=DRAWS, num_chains=CHAINS, chain_method="sequential", progress_bar=False)
    begin = time.perf_counter()
    mcmc.run(jax.random.PRNGKey(1), c, patients)
    samples = mcmc.get_samples()
    stats = numpyro.diagnostics.summary({k: v for k, v in mcmc.get_samples(group_by_chain=True).items() if k != "eps"}, group_by_chain=True)
    for i, p in enumerate(patients):
        z = np.concatenate([np.asarray(samples["z"])[:, i], np.asarray(samples["bias"])[:, i, : len(p["biased"])]], axis=1)
        p["reference"] = [dict(mean=float(x.mean()), sd=float(x.std()), p05=float(np.quantile(x, 0.05)), p50=float(np.quantile(x, 0.5)), p95=float(np.quantile(x, 0.95))) for x in z.T]
    data["seconds"] = round(time.perf_counter() - begin, 1)
    data["least_ess"] = float(min(np.min(s["n_eff"]) for s in stats.values()))
    data["greatest_r_hat"] = float(max(np.max(s["r_hat"]) for s in stats.values()))
    data["provenance"] = f"NumPyro {numpyro.__version__}, JAX {jax.__version__}, {CHAINS} chains of {WARM} + {DRAWS}"
    print(data["seconds"], data["least_ess"], data["greatest_r_hat"], file=sys.stderr)
    json.dump(data, sys.stdout, indent=1)


main()
