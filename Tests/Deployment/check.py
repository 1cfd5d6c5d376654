"""Checks the files of Deploy/ that no program here can run: Kubernetes manifests, the compose file, the Dockerfile.

    .runtime/deployment-checks/bin/python Tests/Deployment/check.py PROGRAM

PROGRAM is headcount: the words that containers start it with must be words it understands. Prints a line for each fault,
and what could not be checked; ends with 1 where there is a fault.

What Kubernetes itself defines is held against its schemas, strictly. The schemas of CloudNativePG and KEDA are not to be
had here: of their objects only the parts that are named below are checked, and that what they refer to exists.
"""

import glob
import pathlib
import re
import subprocess
import sys

import kubernetes_validate
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
faults = []


def expect(holds, words):
    if not holds:
        faults.append(words)


def understood(program, words, where):
    """True where headcount takes the words: the database that it is given here is away."""
    words = [re.sub(r"\$\([A-Z_]+\)", "name", str(word)) for word in words]
    ended = subprocess.run(
        [program, *words, "--database", "postgresql://127.0.0.1:1/none?connect_timeout=1"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    expect(ended.returncode == 69, f"{where}: headcount {' '.join(words)} ended with {ended.returncode}: {ended.stderr}")


def manifests(program):
    folder = ROOT / "Deploy/kubernetes"
    listed = yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]
    files = sorted(path.name for path in folder.glob("*.yaml") if path.name != "kustomization.yaml")
    expect(sorted(listed) == files, f"kustomization.yaml lists {listed}, and there are {files}")

    objects = {}
    for file in files:
        for manifest in yaml.safe_load_all((folder / file).read_text()):
            where = f"{file}: {manifest['kind']} {manifest['metadata']['name']}"
            expect(manifest["kind"] == "Namespace" or manifest["metadata"].get("namespace") == "headcount",
                   f"{where} is in no namespace")
            objects[manifest["kind"], manifest["metadata"]["name"]] = manifest
            if manifest["apiVersion"].startswith(("postgresql.cnpg.io/", "keda.sh/")):
                print(f"{where}: its schema is not at hand")
                continue
            try:
                kubernetes_validate.validate(manifest, "1.34", strict=True)
            except kubernetes_validate.ValidationError as error:
                faults.append(f"{where}: {error.message}")

    for (kind, name), manifest in objects.items():
        pod = manifest.get("spec", {}).get("template", {}).get("spec")
        if not pod:
            continue
        where = f"{kind} {name}"
        expect(("ServiceAccount", pod["serviceAccountName"]) in objects, f"{where}: no such account")
        volumes = {volume["name"] for volume in pod.get("volumes", [])}
        for container in pod["containers"]:
            mounted = {mount["name"] for mount in container.get("volumeMounts", [])}
            expect(mounted <= volumes, f"{where}: {mounted - volumes} are no volumes")
            variables = {variable["name"] for variable in container["env"]}
            for word in container["args"]:
                for variable in re.findall(r"\$\(([A-Z_]+)\)", str(word)):
                    expect(variable in variables, f"{where}: {variable} is not set")
            ports = {port["name"]: port["containerPort"] for port in container.get("ports", [])}
            for probe in ("livenessProbe", "readinessProbe"):
                expect(probe not in container or container[probe]["httpGet"]["port"] in ports, f"{where}: {probe}")
            scraped = manifest["spec"]["template"]["metadata"].get("annotations", {}).get("prometheus.io/port")
            expect(scraped is None or int(scraped) in ports.values(), f"{where}: {scraped} is not open")
            understood(program, container["args"], where)
        labels = manifest["spec"]["template"]["metadata"]["labels"]
        policy = objects["NetworkPolicy", "headcount"]["spec"]["podSelector"]["matchLabels"]
        expect(policy.items() <= labels.items(), f"{where}: the network policy does not select it")

    # What is checked of the objects whose schemas are not at hand.
    scaled = objects["ScaledObject", "headcount-worker"]["spec"]
    expect(("Deployment", scaled["scaleTargetRef"]["name"]) in objects, "ScaledObject: no such deployment")
    for trigger in scaled["triggers"]:
        name = trigger["authenticationRef"]["name"]
        expect(("TriggerAuthentication", name) in objects, f"ScaledObject: no authentication {name}")
        expect(all(isinstance(value, str) for value in trigger["metadata"].values()), "ScaledObject: values are texts")
        needed = {"host", "port", "dbName", "sslmode", "query", "targetQueryValue"}
        expect(needed <= trigger["metadata"].keys(), f"ScaledObject: {needed - trigger['metadata'].keys()} missing")
    cluster = objects["Cluster", "headcount-database"]
    made = {f"{cluster['metadata']['name']}-app"}
    made |= {role["passwordSecret"]["name"] for role in cluster["spec"]["managed"]["roles"]}
    used = set(re.findall(r"secretKeyRef: \{ name: ([a-z-]+)", "".join(
        (folder / file).read_text() for file in files)))
    used |= {target["name"] for target in objects["TriggerAuthentication", "headcount-scaler"]["spec"]["secretTargetRef"]}
    expect(used <= made, f"secrets {used - made} are nobody's")
    return scaled["triggers"][0]["metadata"]["query"]


def compose(program):
    folder = ROOT / "Deploy/containers"
    text = (folder / "compose.yaml").read_text()
    expect("${HEADCOUNT_PASSWORD:?" in text, "compose: the password must be asked for")
    document = yaml.safe_load(text)
    # The server that makes the database, and is gone again, answers on its socket alone.
    asked = document["services"]["database"]["healthcheck"]["test"]
    expect("--host" in asked, "compose: the database is asked on its socket")
    ignored = subprocess.run(["git", "check-ignore", "--quiet", folder / ".env"], cwd=ROOT).returncode
    expect(ignored != 1, "compose: git would take the password's .env")
    known = {"image", "build", "command", "environment", "depends_on", "healthcheck", "restart", "ports", "volumes",
             "profiles", "read_only", "tmpfs", "cap_drop", "security_opt", "shm_size", "stop_grace_period"}
    for name, service in document["services"].items():
        expect(service.keys() <= known, f"compose: {name} has {service.keys() - known}")
        for other, how in service.get("depends_on", {}).items():
            expect(other in document["services"], f"compose: {name} waits for {other}")
            expect(how["condition"] != "service_healthy" or "healthcheck" in document["services"][other],
                   f"compose: {other} has no health check")
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            expect((folder / source).exists() if source.startswith(".") else source in document["volumes"],
                   f"compose: {name} mounts {source}")
        for port in service.get("ports", []):
            expect(port.startswith("127.0.0.1:"), f"compose: {name} is open to all at {port}")
        if "build" in service:
            context = (folder / service["build"]["context"]).resolve()
            expect(context == ROOT and (context / service["build"]["dockerfile"]).exists(), f"compose: {name} is built")
        if service["image"] == "headcount":
            understood(program, service["command"], f"compose: {name}")


def dockerfile():
    folder = ROOT / "Deploy/containers"
    lines = re.sub(r"\\\n", " ", (folder / "Dockerfile").read_text()).splitlines()
    ignored = (folder / "Dockerfile.dockerignore").read_text().splitlines()
    allowed = [line[1:] for line in ignored if line.startswith("!")]
    for path in allowed:
        expect((ROOT / path).exists(), f"Dockerfile.dockerignore: {path} is not there")
    stages = []
    for line in lines:
        words = line.split()
        if not words or words[0] == "#":
            continue
        if words[0] == "FROM":
            expect("latest" not in words[1] and ":" in words[1], f"Dockerfile: {words[1]} is not pinned")
            stages.append(words[3] if len(words) > 3 else str(len(stages)))
        elif words[0] == "COPY" and words[1].startswith("--from="):
            expect(words[1].removeprefix("--from=") in stages[:-1], f"Dockerfile: no stage {words[1]}")
        elif words[0] == "COPY":
            for source in words[1:-1]:
                expect(glob.glob(str(ROOT / source)), f"Dockerfile: {source} is not there")
                expect(any(source == path or source.startswith(path + "/") for path in allowed),
                       f"Dockerfile: {source} is kept out by Dockerfile.dockerignore")
    expect(any(line.startswith("USER ") and line != "USER root" for line in lines), "Dockerfile: runs as root")


query = manifests(sys.argv[1])
compose(sys.argv[1])
dockerfile()
print(f"KEDA asks: {query}")
for fault in faults:
    print(fault, file=sys.stderr)
sys.exit(1 if faults else 0)
