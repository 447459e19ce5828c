"""Which estimates of ka for warfarin are right: the exact marginal likelihood of one compartment with oral absorption and additive error (log-normal ka, CL, V,
no correlation), by adaptive Gauss-Hermite quadrature, at the estimates of nlme and of `euthymia fit`, and at its own maximum.

    pip install numpy scipy
    python warfarin_likelihood.py warfarin.csv      # nlmixr2data's table: id,time,amt,dv,dvid,…
"""
import csv, sys
import numpy as np
from scipy.optimize import minimize

NODES = 9
NLME = dict(ka=0.5360, CL=0.1348, V=7.601, w=(0.6230, 0.2833, 0.2168))
FOCEI = dict(ka=0.5839, CL=0.1344, V=7.719, w=(0.6628, 0.2832, 0.2204))


def people(path):
    found = {}
    for row in csv.DictReader(open(path)):
        row = {k.lower(): v for k, v in row.items()}
        p = found.setdefault(row["id"], dict(dose=0.0, t=[], y=[]))
        if float(row["amt"] or 0) > 0: p["dose"] += float(row["amt"])
        elif row["dvid"].lower() in ("cp", "1"): p["t"].append(float(row["time"])); p["y"].append(float(row["dv"]))
    return [(p["dose"], np.array(p["t"]), np.array(p["y"])) for p in found.values()]


def curve(dose, t, ka, cl, v):
    k = cl / v
    ka = np.where(np.abs(ka - k) < 1e-9, k + 1e-9, ka)
    return dose * ka / (v * (ka - k)) * (np.exp(-k * t) - np.exp(-ka * t))


def minus2ll(x, data, nodes=NODES):
    theta, omega, sigma = x[:3], np.exp(x[3:6]), np.exp(x[6])
    u, weight = np.polynomial.hermite_e.hermegauss(nodes)
    grid = np.array(np.meshgrid(u, u, u, indexing="ij")).reshape(3, -1)
    log_weight = np.log(np.array(np.meshgrid(weight, weight, weight, indexing="ij")).reshape(3, -1)).sum(0)
    total = 0.0
    for dose, t, y in data:
        def joint(eta):
            p = np.exp(theta[:, None] + omega[:, None] * eta)
            f = curve(dose, t[:, None], p[0], p[1], p[2])
            return -0.5 * (((y[:, None] - f) / sigma) ** 2).sum(0) - len(t) * (np.log(sigma) + 0.9189385332046727) - 0.5 * (eta**2).sum(0) - 3 * 0.9189385332046727
        mode = minimize(lambda e: -joint(e[:, None])[0], np.zeros(3), method="BFGS", options=dict(gtol=1e-6))
        h = 1e-3
        hessian = np.array([[(joint((mode.x + h * (a + b))[:, None]) - joint((mode.x + h * (a - b))[:, None]) - joint((mode.x - h * (a - b))[:, None]) + joint((mode.x - h * (a + b))[:, None]))[0] / (4 * h * h)
                             for b in np.eye(3)] for a in np.eye(3)])
        factor = np.linalg.cholesky(np.linalg.inv(-hessian))
        eta = mode.x[:, None] + factor @ grid
        parts = joint(eta) + log_weight + 0.5 * (grid**2).sum(0)
        most = parts.max()
        total += most + np.log(np.exp(parts - most).sum()) + np.log(np.diag(factor)).sum()
    return -2 * total


def start(e, sigma): return np.concatenate([np.log([e["ka"], e["CL"], e["V"]]), np.log(e["w"]), [np.log(sigma)]])


def main():
    data = people(sys.argv[1])
    print(len(data), "people,", sum(len(t) for _, t, _ in data), "measurements")
    for name, e in (("nlme", NLME), ("focei", FOCEI)):
        best = min(((minus2ll(start(e, s), data), s) for s in np.linspace(0.9, 1.2, 7)), key=lambda p: p[0])
        print(f"{name}: -2 log likelihood {best[0]:.3f} at sigma {best[1]:.3f}", flush=True)
    found = minimize(minus2ll, start(FOCEI, 1.05), args=(data,), method="Nelder-Mead", options=dict(xatol=2e-4, fatol=2e-4, maxiter=900, adaptive=True))
    v = np.exp(found.x)
    print(f"maximum: -2 log likelihood {found.fun:.3f} at ka {v[0]:.4f} CL {v[1]:.4f} V {v[2]:.3f} omega {v[3]:.4f} {v[4]:.4f} {v[5]:.4f} sigma {v[6]:.4f}")
    print(f"  with {NODES + 4} nodes {minus2ll(found.x, data, NODES + 4):.3f}")


main()
