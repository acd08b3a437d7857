"""A cluster in tests of Python, with pytest and the official client: `pytest examples/python`."""

import subprocess

import pytest
from kubernetes import client, config, watch


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    directory = tmp_path_factory.mktemp("trierarch")
    subprocess.run(
        ["trierarch", "up", "--detach", "--data-dir", directory, "--listen", "127.0.0.1:0",
         "--datastore", "memory:", "--node", "simulated", "--nodes", "3"],
        check=True)
    config.load_kube_config(str(directory / "kubeconfig"))
    yield client.AppsV1Api()
    subprocess.run(["trierarch", "down", "--data-dir", directory], check=True)


def test_deployment_becomes_available(cluster):
    labels = {"app": "web"}
    cluster.create_namespaced_deployment("default", {
        "metadata": {"name": "web"},
        "spec": {
            "replicas": 3,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "web", "image": "nginx"}]},
            },
        },
    })
    events = watch.Watch().stream(
        cluster.list_namespaced_deployment, "default", field_selector="metadata.name=web",
        timeout_seconds=60)
    assert any(event["object"].status.available_replicas == 3 for event in events)
