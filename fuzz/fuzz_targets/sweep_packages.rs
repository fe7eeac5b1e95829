//! Metadata of package managers and manifests of stores: objects stay where they may be.

#![no_main]

use sweep::{
    MachinePath,
    model::store,
    package,
    starter::{self, Form},
};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    _ = package::node(bytes);
    _ = package::python(bytes);
    _ = package::crates(bytes);
    _ = package::plugin(bytes);
    _ = package::plist_value(bytes, "CFBundleIdentifier");
    _ = package::zip_member(bytes, "META-INF/plugin.xml");
    _ = store::manifest(bytes);
    for form in [Form::Unit, Form::LaunchAgent, Form::Task] {
        _ = starter::commands(form, bytes);
    }
    let site: MachinePath = "/v/lib/python3/site-packages".parse().expect("a path");
    for path in package::python_objects(bytes, &site) {
        assert!(path.steps().all(|step| step != b".." && !step.is_empty()));
    }
});
