//! The manifests on the page about the status page: whether they are well formed, and the page stays reachable.

use serde_json::Value;

use crate::{read, yaml};

/// The manifests for Kubernetes.
fn manifests() -> Vec<Value> {
    let page = read("docs/status-page.md");
    let (_, page) = page.split_once("## Kubernetes").expect("a section");
    let (page, _) = page.split_once("\n## ").expect("a next section");
    let blocks = page.split("```yaml\n").skip(1);
    let blocks = blocks.filter_map(|block| block.split("```").next());
    blocks
        .map(|block| {
            serde_saphyr::from_str(block).unwrap_or_else(|error| panic!("{error}: {block}"))
        })
        .collect()
}

#[test]
fn probes_leave_the_page_reachable_when_something_is_wrong() {
    let manifests = manifests();
    assert_eq!(manifests.len(), 1);
    let spec = &manifests[0]["spec"];
    let container = &spec["containers"][0];
    for probe in ["livenessProbe", "readinessProbe"] {
        assert_eq!(container[probe]["httpGet"]["path"], "/healthz", "{probe}");
    }
    assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
    let mounts = container["volumeMounts"].as_array().expect("mounts");
    let volumes = spec["volumes"].as_array().expect("volumes");
    let files = [&container["env"][0]["value"], &container["args"][4]];
    assert_eq!((mounts.len(), volumes.len()), (2, 2));
    // It only reads, and so does the role.
    let reader = yaml("deploy/kubernetes/waiting.yaml");
    let reader = &reader["spec"]["template"]["spec"]["volumes"][0]["secret"]["secretName"];
    assert_eq!(volumes[0]["secret"]["secretName"], *reader);
    for (mount, (volume, file)) in mounts.iter().zip(volumes.iter().zip(files)) {
        assert_eq!(mount["name"], volume["name"]);
        let (folder, file) = (mount["mountPath"].as_str(), file.as_str());
        let inside = file.zip(folder);
        assert!(
            inside.is_some_and(|(file, folder)| file.starts_with(folder)),
            "{mount}"
        );
    }
}
