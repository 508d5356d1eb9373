//! The manifests: against the types of the Kubernetes API, with no field that it does not know, and against what the
//! program needs and does.

use std::fs;

use k8s_openapi::Resource;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::codes::{Again, of_up};
use super::{read, root, texts, yaml};

/// Every manifest, with its path.
fn manifests() -> Vec<(String, Value)> {
    let folder = "deploy/kubernetes";
    let entries = fs::read_dir(root().join(folder)).expect("a folder");
    let mut paths: Vec<String> = entries
        .map(|it| it.expect("an entry").file_name().display().to_string())
        .map(|name| format!("{folder}/{name}"))
        .collect();
    paths.sort();
    assert!(paths.len() >= 5, "{paths:?}");
    paths
        .into_iter()
        .map(|path| (path.clone(), yaml(&path)))
        .collect()
}

/// Fails the test unless a manifest is what the API says, with nothing that the API would drop.
fn is_known<T: Resource + Serialize + DeserializeOwned>(path: &str, manifest: &Value) {
    assert_eq!(manifest["apiVersion"], T::API_VERSION, "{path}");
    let typed: T =
        serde_json::from_value(manifest.clone()).unwrap_or_else(|error| panic!("{path}: {error}"));
    let kept = serde_json::to_value(&typed).expect("JSON");
    assert_eq!(lost(manifest, &kept), [""; 0], "{path}");
}

/// What is in one value and not in another.
fn lost(given: &Value, kept: &Value) -> Vec<String> {
    let below = |key: &str, given: &Value, kept: Option<&Value>| match kept {
        None => vec![key.to_owned()],
        Some(kept) => lost(given, kept)
            .into_iter()
            .map(|it| format!("{key}.{it}"))
            .collect(),
    };
    match (given, kept) {
        (Value::Object(given), Value::Object(kept)) => given
            .iter()
            .flat_map(|(key, value)| below(key, value, kept.get(key)))
            .collect(),
        (Value::Array(given), Value::Array(kept)) => given
            .iter()
            .enumerate()
            .flat_map(|(at, value)| below(&at.to_string(), value, kept.get(at)))
            .collect(),
        _ if given == kept => Vec::new(),
        _ => vec![format!("{given} became {kept}")],
    }
}

/// The specification of the pod.
fn pod(manifest: &Value) -> &Value {
    match manifest["kind"].as_str() {
        Some("Pod") => &manifest["spec"],
        _ => &manifest["spec"]["template"]["spec"],
    }
}

/// The containers of a pod.
fn containers(manifest: &Value) -> Vec<&Value> {
    ["initContainers", "containers"]
        .into_iter()
        .filter_map(|key| pod(manifest)[key].as_array())
        .flatten()
        .collect()
}

/// Those that run this program.
fn ours(manifest: &Value) -> Vec<&Value> {
    let mut containers = containers(manifest);
    containers.retain(|it| {
        it["image"]
            .as_str()
            .is_some_and(|it| it.contains("/migrator:"))
    });
    assert_eq!(containers.len(), 1);
    containers
}

#[test]
fn the_api_knows_every_field() {
    for (path, manifest) in manifests() {
        match manifest["kind"].as_str() {
            Some("Deployment") => is_known::<Deployment>(&path, &manifest),
            Some("Job") => is_known::<Job>(&path, &manifest),
            Some("Pod") => is_known::<Pod>(&path, &manifest),
            other => panic!("{path}: {other:?}"),
        }
    }
}

#[test]
fn a_field_that_the_api_does_not_know_is_found() {
    let mut manifest = yaml("deploy/kubernetes/job.yaml");
    manifest["spec"]["template"]["spec"]["containers"][0]["arguments"] = json!(["up"]);
    let typed: Job = serde_json::from_value(manifest.clone()).expect("a job");
    let kept = serde_json::to_value(&typed).expect("JSON");
    assert_eq!(
        lost(&manifest, &kept),
        ["spec.template.spec.containers.0.arguments"]
    );
}

#[test]
fn pods_may_do_what_they_need_and_no_more() {
    for (path, manifest) in manifests() {
        let security = &pod(&manifest)["securityContext"];
        assert_eq!(security["runAsNonRoot"], true, "{path}");
        assert_eq!(security["runAsUser"], 65532, "{path}");
        assert_eq!(security["fsGroup"], 65532, "{path}");
        assert_eq!(
            security["seccompProfile"]["type"], "RuntimeDefault",
            "{path}"
        );
        assert_eq!(
            pod(&manifest)["automountServiceAccountToken"],
            false,
            "{path}"
        );
        assert_eq!(pod(&manifest)["enableServiceLinks"], false, "{path}");
        for container in containers(&manifest) {
            let security = &container["securityContext"];
            assert_eq!(security["allowPrivilegeEscalation"], false, "{path}");
            assert_eq!(security["readOnlyRootFilesystem"], true, "{path}");
            assert_eq!(security["capabilities"]["drop"], json!(["ALL"]), "{path}");
            let resources = &container["resources"];
            assert!(resources["requests"]["memory"].is_string(), "{path}");
            let image = container["image"].as_str().expect("an image");
            assert!(
                !image.ends_with(":latest") && image.contains(':'),
                "{path}: {image}"
            );
        }
    }
}

#[test]
fn the_secret_is_a_file_that_the_program_may_read() {
    for (path, manifest) in manifests() {
        for container in ours(&manifest) {
            let mount = &container["volumeMounts"][0];
            let volume = &pod(&manifest)["volumes"][0];
            assert_eq!(mount["name"], volume["name"], "{path}");
            assert_eq!(mount["readOnly"], true, "{path}");
            assert_eq!(volume["secret"]["defaultMode"], 0o440, "{path}");
            let place = mount["mountPath"].as_str().expect("a path");
            let variables = container["env"].as_array().expect("variables");
            for variable in variables {
                let name = variable["name"].as_str().expect("a name");
                assert_eq!(variable["valueFrom"], Value::Null, "{path}: {name}");
                let value = variable["value"].as_str().expect("a value");
                assert_eq!(
                    name.ends_with("_FILE"),
                    value.starts_with(place),
                    "{path}: {name}"
                );
            }
        }
    }
}

#[test]
fn who_migrates_and_who_waits() {
    let first = |path: &str| {
        let manifest = yaml(path);
        let ours = ours(&manifest);
        texts(&ours[0]["args"])[..2].join(" ")
    };
    assert_eq!(first("deploy/kubernetes/init-container.yaml"), "up --wait");
    assert_eq!(first("deploy/kubernetes/job.yaml"), "up --wait");
    assert_eq!(first("deploy/kubernetes/waiting.yaml"), "check --wait");
}

#[test]
fn the_job_is_tried_again_where_that_helps() {
    let manifest = yaml("deploy/kubernetes/job.yaml");
    let rules = &manifest["spec"]["podFailurePolicy"]["rules"];
    let rules = rules.as_array().expect("rules");
    let codes = |action: &str| -> Vec<u8> {
        let rule = rules
            .iter()
            .find(|it| it["action"] == action && it["onExitCodes"].is_object());
        let on = &rule.expect("a rule")["onExitCodes"];
        assert_eq!(on["operator"], "In");
        assert_eq!(on["containerName"], pod(&manifest)["containers"][0]["name"]);
        serde_json::from_value(on["values"].clone()).expect("numbers")
    };
    assert_eq!(codes("FailJob"), of_up(Again::No));
    assert_eq!(codes("Count"), of_up(Again::Yes));
    assert_eq!(
        pod(&manifest)["restartPolicy"],
        "Never",
        "the policy needs it"
    );
    // The API fills it in where it makes the object, and not where it patches one.
    let patterns = rules
        .iter()
        .filter_map(|it| it["onPodConditions"].as_array());
    let patterns: Vec<&Value> = patterns.flatten().collect();
    assert!(!patterns.is_empty());
    for pattern in patterns {
        assert_eq!(pattern["status"], "True", "{pattern}");
    }
}

#[test]
fn a_command_by_hand_has_what_the_job_has() {
    let (job, command) = (
        yaml("deploy/kubernetes/job.yaml"),
        yaml("deploy/kubernetes/command.yaml"),
    );
    for key in ["securityContext", "volumes", "restartPolicy"] {
        assert_eq!(pod(&command)[key], pod(&job)[key], "{key}");
    }
    let (job, command) = (ours(&job)[0], ours(&command)[0]);
    for key in ["image", "securityContext", "volumeMounts", "resources"] {
        assert_eq!(command[key], job[key], "{key}");
    }
    assert_eq!(command["env"][0], job["env"][0]);
    // A log for people, of one command that changes nothing, and a line that its comment can replace.
    assert_eq!(texts(&command["args"]), ["status"]);
    let text = read("deploy/kubernetes/command.yaml");
    let lines = text.lines().map(str::trim_start);
    let arguments = lines.filter(|line| line.starts_with("args: "));
    assert_eq!(arguments.count(), 1);
    let name = yaml("deploy/kubernetes/command.yaml")["metadata"]["name"].clone();
    let name = name.as_str().expect("a name");
    let told = text.lines().filter(|line| line.starts_with("#   kubectl"));
    let told = told.filter(|line| !line.contains("--force"));
    assert!(told.clone().count() > 2);
    for line in told {
        assert!(line.contains(name), "{line}");
    }
}

#[test]
fn the_schema_of_the_history_is_named_where_it_is_set() {
    let variable = "MIGRATOR_HISTORY_SCHEMA";
    for (path, _) in manifests() {
        let text = read(&path);
        let (_, rest) = text.split_once("env:").expect("variables");
        let (variables, _) = rest.split_once("volumeMounts:").expect("mounts");
        assert!(
            variables.contains(&format!("# - name: {variable}")),
            "{path}"
        );
    }
}

/// The variables of the container that runs this program.
fn variables(manifest: &Value) -> Vec<Value> {
    let ours = ours(manifest);
    ours[0]["env"].as_array().expect("variables").clone()
}

/// What an older release has to know to pass a database of a newer one.
fn accepts() -> Value {
    json!({ "name": "MIGRATOR_NEWER", "value": "accept" })
}

#[test]
fn what_runs_when_an_application_is_rolled_back_lets_it_pass() {
    for name in ["init-container", "waiting", "hook"] {
        let manifest = yaml(&format!("deploy/kubernetes/{name}.yaml"));
        assert!(variables(&manifest).contains(&accepts()), "{name}");
    }
}

/// A time such as "30min", in seconds.
fn seconds(text: &str) -> u64 {
    let split = text.trim_start_matches(|it: char| it.is_ascii_digit());
    let number: u64 = text[..text.len() - split.len()].parse().expect("a number");
    match split {
        "s" => number,
        "m" | "min" => number * 60,
        "h" => number * 3600,
        other => panic!("\"{other}\" is no unit"),
    }
}

#[test]
fn who_waits_for_the_migrations_waits_longer_than_they_take() {
    let deadline = |path: &str, key: &str| yaml(path)["spec"][key].as_u64().expect("seconds");
    let each = yaml("deploy/kubernetes/init-container.yaml");
    let waited: u64 = texts(&ours(&each)[0]["args"])
        .windows(2)
        .filter(|it| ["--wait", "--lock-wait"].contains(&it[0]))
        .map(|it| seconds(it[1]))
        .sum();
    assert!(waited > 0);
    // One migration may be blocked for as long as it is tried again.
    let database = migrator::Database::from_url("postgres://host/app").expect("a URL");
    let tried = migrator::Settings::new(database).lock_retry_for;
    let waited = waited + tried.as_secs();
    let progress = deadline(
        "deploy/kubernetes/init-container.yaml",
        "progressDeadlineSeconds",
    );
    assert!(progress > waited, "{progress} is not above {waited}");
    for name in ["job", "hook"] {
        let path = format!("deploy/kubernetes/{name}.yaml");
        let job = deadline(&path, "activeDeadlineSeconds");
        let waiting = deadline("deploy/kubernetes/waiting.yaml", "progressDeadlineSeconds");
        assert!(waiting > job, "{waiting} is not above {job}");
        // What its own comment says of `kubectl wait` and of `helm upgrade`.
        let text = read(&path);
        let told = text.lines().filter(|line| line.starts_with('#'));
        let told: Vec<u64> = told
            .filter_map(|line| line.split_once("--timeout"))
            .filter_map(|(_, rest)| rest.get(1..)?.split(' ').next())
            .filter(|it| *it != "0")
            .map(seconds)
            .collect();
        assert!(!told.is_empty(), "{path}");
        assert!(told.iter().all(|it| *it > job), "{path}: {told:?}");
    }
}

#[test]
fn the_hook_is_the_same_job() {
    let (mut job, mut hook) = (
        yaml("deploy/kubernetes/job.yaml"),
        yaml("deploy/kubernetes/hook.yaml"),
    );
    let annotations = hook["metadata"]["annotations"].take();
    for key in ["helm.sh/hook", "argocd.argoproj.io/hook"] {
        assert!(annotations[key].is_string(), "{key}");
    }
    // Nobody applies the job of an older release by accident; the hook runs by itself.
    let of_hook = hook["spec"]["template"]["spec"]["containers"][0]["env"].as_array_mut();
    of_hook.expect("variables").retain(|it| *it != accepts());
    for manifest in [&mut job, &mut hook] {
        for (of, key) in [
            ("metadata", "annotations"),
            ("spec", "ttlSecondsAfterFinished"),
        ] {
            manifest[of].as_object_mut().expect("fields").remove(key);
        }
    }
    assert_eq!(job, hook);
}
