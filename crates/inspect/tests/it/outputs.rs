use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use inspect::{Disclosure, Disclosures, Findings, component, diff, inspect, receipt, sarif};

use crate::support::{fixtures, run};

fn sample() -> Findings {
    let (name, text) = fixtures("covert").into_iter().find(|(n, _)| n == "date_line.js").unwrap();
    run(&name, text)
}

#[test]
fn json_comes_back_as_what_it_was() {
    let f = sample();
    let text = serde_json::to_string(&f).unwrap();
    assert_eq!(serde_json::from_str::<Findings>(&text).unwrap(), f);
    let v: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(v["artifact"]["kind"], "script");
    assert!(v["artifact"]["digest"].as_str().unwrap().starts_with("sha256:"));
    assert_eq!(v["findings"][0]["severity"], "critical");
    assert_eq!(v["verdict"], "findings");
}

#[test]
fn sarif_has_the_shape_that_the_standard_asks_for() {
    let s = sarif(&sample());
    assert_eq!(s["version"], "2.1.0");
    let run = &s["runs"][0];
    assert_eq!(run["tool"]["driver"]["name"], "ringfence inspect");
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for r in run["results"].as_array().unwrap() {
        assert_eq!(rules[r["ruleIndex"].as_u64().unwrap() as usize]["id"], r["ruleId"]);
        assert!(r["message"]["text"].is_string());
        assert!(["error", "warning", "note"].contains(&r["level"].as_str().unwrap()));
        let region = &r["locations"][0]["physicalLocation"]["region"];
        assert!(region["startLine"].as_u64().unwrap() >= 1 && region["startColumn"].as_u64().unwrap() >= 1);
        assert!(r["codeFlows"][0]["threadFlows"][0]["locations"].as_array().is_some_and(|l| !l.is_empty()));
    }
}

/// Types made from the official schema take what we write.
#[test]
fn sarif_fits_the_types_of_the_standard() {
    let read: serde_sarif::sarif::Sarif = serde_json::from_value(sarif(&sample())).unwrap();
    assert_eq!(read.runs[0].results.as_ref().unwrap().len(), sample().findings.len());
}

/// The official schema, which comes with `serde-sarif`; checked where Python has `jsonschema`.
#[test]
fn sarif_validates_against_the_official_schema() {
    let Some(python) = python() else { return };
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), serde_json::to_vec(&sarif(&sample())).unwrap()).unwrap();
    let code =
        "import json,sys,jsonschema; jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))";
    let check = |file: &Path| Command::new(&python).args(["-c", code]).arg(file).arg(schema()).output().unwrap();
    let out = check(file.path());
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));

    std::fs::write(file.path(), r#"{"version":"2.1.0","runs":[{"results":[]}]}"#).unwrap();
    assert!(!check(file.path()).status.success(), "a run without a tool must not pass");
}

/// A Python with `jsonschema`; that of the peers, if there is one.
#[expect(clippy::print_stderr, reason = "what is missing must be told")]
fn python() -> Option<OsString> {
    let own = std::env::var_os("RINGFENCE_PEERS_PYTHON").unwrap_or_else(|| "python3".into());
    let ready = Command::new(&own).args(["-c", "import jsonschema"]).output().is_ok_and(|o| o.status.success());
    if ready {
        return Some(own);
    }
    let missing = "NOT CHECKED: SARIF against its schema; Python with jsonschema is missing (.ci/peers installs it)";
    assert!(std::env::var_os("RINGFENCE_REQUIRE_PEERS").is_none_or(|r| r != "1"), "{missing}");
    eprintln!("{missing}");
    None
}

fn schema() -> PathBuf {
    let version = Command::new(env!("CARGO")).arg("-vV").output().unwrap().stdout;
    let version = String::from_utf8(version).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    // Packages of other systems need not have been fetched.
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--filter-platform", host, "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let package = metadata["packages"].as_array().unwrap().iter().find(|p| p["name"] == "serde-sarif").unwrap();
    Path::new(package["manifest_path"].as_str().unwrap()).with_file_name("src").join("schema.json")
}

#[test]
fn the_component_carries_hash_and_verdict() {
    let c = component(&sample());
    assert_eq!(c["hashes"][0]["alg"], "SHA-256");
    assert_eq!(c["hashes"][0]["content"].as_str().unwrap().len(), 64);
    assert!(c["properties"].as_array().unwrap().iter().any(|p| p["value"] == "findings"));
}

#[test]
fn the_receipt_says_verdict_code_points_and_place() {
    let r = receipt(&sample());
    for part in
        ["verdict: findings", "CRITICAL covert-prompt-by-list", "U+02BC MODIFIER LETTER APOSTROPHE", "date_line.js:"]
    {
        assert!(r.contains(part), "{part}\n{r}");
    }
}

#[test]
fn a_new_version_that_does_more_is_told() {
    let old = run("client.js", "fetch('https://api.example.invalid/v1');");
    let d = diff(&old, &sample());
    assert!(d.is_more());
    assert!(d.new_sources.contains(&inspect::Source::Timezone));
    assert!(!d.new_findings.is_empty());
    assert!(!diff(&old, &old).is_more());
}

#[test]
fn what_a_vendor_says_is_held_against_what_was_found() {
    let text = "fetch('https://stats.example.invalid/v1', { method: 'POST', body: JSON.stringify({ host: require('os').hostname() }) }); \
                if (process.env.ACME_DISABLE_TELEMETRY) fetch('https://other.example.invalid');";
    let says = Disclosures::parse(
        "product = 'acme'\n[[host]]\nname = 'stats.example.invalid'\nopt_out = 'ACME_DISABLE_TELEMETRY'\nlink = 'https://example.invalid/privacy'\n\
         [[source]]\nsource = 'hostname'\nchannel = 'telemetry body'\n",
    )
    .unwrap();
    let limits = inspect::Limits::default();
    let f = inspect(&inspect::Artifact::open("a.js", text.into(), &limits), &says, &limits);
    let of = |host: &str| f.endpoints.iter().find(|e| e.host == host).unwrap().disclosure;
    assert_eq!(of("stats.example.invalid"), Disclosure::OptOut);
    assert_eq!(of("other.example.invalid"), Disclosure::Undocumented);
    assert_eq!(f.opt_outs[0].disclosure, Disclosure::Documented);
    assert_eq!(
        f.findings.iter().find(|x| x.source == inspect::Source::Hostname).unwrap().disclosure,
        Disclosure::Documented
    );
    assert!(Disclosures::parse("hosts = 1").is_err());
}
