"""The manifest by the schema of Kubernetes, and its command as a pod would run it: kubernetes.py MANIFEST PARTS SPECIFICATION FOLDER."""
import os
import subprocess
import sys

import kubernetes_validate
import yaml


def main(path: str, parts: int, specification: str, folder: str) -> None:
    job = yaml.safe_load(open(path))
    kubernetes_validate.validate(job, "1.33", strict=True)
    wrong = {**job, "spec": {**job["spec"], "completionMode": "Sorted", "completion": 64}}
    try:
        kubernetes_validate.validate(wrong, "1.33", strict=True)
        sys.exit("the schema finds nothing wrong with a wrong manifest")
    except kubernetes_validate.ValidationError:
        pass
    container = job["spec"]["template"]["spec"]["containers"][0]
    settings = {entry["name"]: entry["value"] for entry in container["env"]}
    assert job["spec"]["completionMode"] == "Indexed" and str(job["spec"]["completions"]) == settings["PARTS"], "completions and PARTS differ"
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    assert mounted == {volume["name"] for volume in job["spec"]["template"]["spec"]["volumes"]}, "volumes and mounts differ"
    for index in range(parts):
        environment = {**os.environ, **settings, "PARTS": str(parts), "SPECIFICATION": specification, "FOLDER": folder}
        environment |= {"JOB_COMPLETION_INDEX": str(index), "HOSTNAME": f"trial-{index}"}
        subprocess.run(container["command"] + container["args"], env=environment, check=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4])
