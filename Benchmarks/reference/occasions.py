"""Variability between occasions and a covariate that changes from row to row, computed without any of Euthymia's code.

    pip install numpy scipy
    python occasions.py > occasions.json        # also writes ../../docs/examples/occasions.csv

The table: 20 made-up people, one compartment, three intravenous doses a day apart (an occasion each), creatinine clearance (CRCL) measured anew on every row.
As in NONMEM, the way from one row to the next is gone with the later row's covariates and occasion; what is in the body stays.

`linear`: availability F varies between people and occasions on its natural scale, so that the likelihood is that of a multivariate normal, exact; its maximum.
`lognormal`: clearance varies as a logarithm; -2 log likelihood at given values by adaptive Gauss-Hermite quadrature over 4 dimensions.
"""
import csv, json, os
import numpy as np
from scipy.optimize import minimize

V, DOSE = 40.0, 100.0
NODES = 9


def made_up():
    r = np.random.default_rng(20261126)
    rows = []
    for number in range(1, 21):
        crcl = r.uniform(50, 130)
        eta, kappa = r.normal(0, 0.12), r.normal(0, 0.08, 3)
        z, before = np.zeros(3), 0.0
        for occasion in range(3):
            for hours in (0, 0.5, 2, 6, 12, 23):
                time = 24 * occasion + hours
                crcl = float(np.clip(crcl + r.normal(0, 8), 25, 160).round(1))
                z = z * np.exp(-4 * (crcl / 90) ** 0.7 / V * (time - before))
                before = time
                if hours == 0:
                    z[occasion] += DOSE / V
                    rows.append((number, time, DOSE, ".", 1, occasion + 1, crcl))
                else:
                    y = (z * (0.7 + eta + kappa)).sum() + r.normal(0, 0.08)
                    rows.append((number, time, ".", round(float(y), 4), 0, occasion + 1, crcl))
    return rows


def people(rows):
    found = {}
    for number, time, amount, dv, evid, occasion, crcl in rows:
        found.setdefault(number, []).append((time, evid, occasion - 1, crcl, dv))
    return list(found.values())


def courses(person, clearance):
    """What a dose of each occasion, at an availability of 1, leaves at each measurement. `clearance`: of a row, from occasion and CRCL."""
    z, before, seen, measured = np.zeros(3), 0.0, [], []
    for time, evid, occasion, crcl, dv in person:
        z = z * np.exp(-clearance(occasion, crcl) / V * (time - before))
        before = time
        if evid == 1: z[occasion] += DOSE / V
        else:
            seen.append(z.copy()); measured.append(dv)
    return np.array(seen), np.array(measured)


def linear(x, data):
    f, cl, power = x[0], np.exp(x[1]), x[2]
    omega, pi, sigma = np.exp(x[3:6])
    total = 0.0
    for person in data:
        z, y = courses(person, lambda occasion, crcl: cl * (crcl / 90) ** power)
        s = z.sum(1)
        cov = omega**2 * np.outer(s, s) + pi**2 * z @ z.T + sigma**2 * np.eye(len(y))
        r = y - f * s
        total += len(y) * np.log(2 * np.pi) + np.linalg.slogdet(cov)[1] + r @ np.linalg.solve(cov, r)
    return total


def lognormal(data, f=0.7, cl=4.0, power=0.7, omega=0.3, pi=0.2, sigma=0.1, nodes=NODES):
    u, weight = np.polynomial.hermite_e.hermegauss(nodes)
    grid = np.array(np.meshgrid(u, u, u, u, indexing="ij")).reshape(4, -1)
    log_weight = np.log(np.array(np.meshgrid(weight, weight, weight, weight, indexing="ij")).reshape(4, -1)).sum(0)
    spread = np.array([omega, pi, pi, pi])[:, None]
    total = 0.0
    for person in data:
        def joint(e):
            eta = spread * e
            level = {o: cl * np.exp(eta[0] + eta[1 + o]) for o in range(3)}
            z, before, value = np.zeros((3, e.shape[1])), 0.0, -0.5 * (e**2).sum(0) - 2 * np.log(2 * np.pi)
            for time, evid, occasion, crcl, dv in person:
                z = z * np.exp(-level[occasion] * (crcl / 90) ** power / V * (time - before))
                before = time
                if evid == 1: z[occasion] += DOSE / V
                else: value = value - 0.5 * ((dv - f * z.sum(0)) / sigma) ** 2 - np.log(sigma) - 0.5 * np.log(2 * np.pi)
            return value
        mode = minimize(lambda e: -joint(e[:, None])[0], np.zeros(4), method="BFGS", options=dict(gtol=1e-6)).x
        h = 1e-3
        at = lambda e: joint(e[:, None])[0]
        hessian = np.array([[(at(mode + h * (a + b)) - at(mode + h * (a - b)) - at(mode - h * (a - b)) + at(mode - h * (a + b))) / (4 * h * h) for b in np.eye(4)] for a in np.eye(4)])
        factor = np.linalg.cholesky(np.linalg.inv(-hessian))
        parts = joint(mode[:, None] + factor @ grid) + log_weight + 0.5 * (grid**2).sum(0)
        total += parts.max() + np.log(np.exp(parts - parts.max()).sum()) + np.log(np.diag(factor)).sum()
    return -2 * total


def main():
    rows = made_up()
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/examples/occasions.csv")
    with open(path, "w") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("ID", "TIME", "AMT", "DV", "EVID", "OCC", "CRCL"))
        writer.writerows(rows)
    data = people(rows)
    best = minimize(linear, [0.7, np.log(4), 0.7, np.log(0.12), np.log(0.08), np.log(0.08)], args=(data,), method="Nelder-Mead",
                    options=dict(xatol=1e-9, fatol=1e-10, maxiter=20000, maxfev=20000))
    x = best.x
    print(json.dumps(dict(
        linear=dict(F=x[0], CL=np.exp(x[1]), power=x[2], omega=np.exp(x[3]), occasion=np.exp(x[4]), sigma=np.exp(x[5]), minus2ll=best.fun),
        lognormal={str(n): lognormal(data, nodes=n) for n in (7, NODES)}), indent=2))


main()
