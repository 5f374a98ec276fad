//! One feature set for all that is not deployed. No code: the dependencies in `Cargo.toml` are the content.
//!
//! Cargo builds a dependency with the features that the selected packages ask for together. `cargo demo`, `cargo local`,
//! the bench and `cargo test --workspace` select differently, so each of them used to build most dependencies, the AWS
//! SDK among them, again. `local-aws` depends on this crate, and the demo and the bench on `local-aws`: what they build
//! has the features that the whole workspace has, and is built once.
//!
//! The five functions and the operator's tool do not depend on this crate: what is deployed has the features that it asks
//! for itself. `cargo build --workspace --bin known-users` shares what the tests have built.
//!
//! Where a test below fails after a change of dependencies, it names the features to add to `Cargo.toml`.

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::process::Command;

    const FUNCTIONS: [&str; 5] =
        ["pre-sign-up", "migrate-user", "pre-authentication", "post-authentication", "post-confirmation"];

    /// What is built for a selection of packages: a line for each dependency, with its version and its features.
    fn built(selection: &[&str], edges: &str) -> BTreeSet<String> {
        let output = Command::new(env!("CARGO"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["tree", "--quiet", "--offline", "--locked", "--prefix=none", "--format={p} {f}", "--edges", edges])
            .args(selection)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let lines = String::from_utf8(output.stdout).unwrap();
        lines.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
    }

    fn packages<'a>(names: &[&'a str]) -> Vec<&'a str> {
        names.iter().flat_map(|name| ["--package", name]).collect()
    }

    #[test]
    fn the_demo_the_bench_and_the_local_stack_are_built_of_what_the_tests_are_built_of() {
        let workspace = built(&["--workspace"], "normal,build,dev");
        // The demo builds the functions as `crates/local-aws/src/binaries.rs` selects them.
        let functions: Vec<_> = FUNCTIONS.into_iter().chain(["local-aws"]).collect();
        for selection in [
            packages(&["demo"]),
            packages(&["bench"]),
            packages(&["local-aws"]),
            packages(&functions),
            vec!["--workspace"],
        ] {
            let others: Vec<_> = built(&selection, "normal,build").difference(&workspace).cloned().collect();
            let name = |line: &str| line.split_inclusive(' ').take(2).collect::<String>();
            let names: BTreeSet<_> = others.iter().map(|line| name(line)).collect();
            let wanted: Vec<_> = workspace.iter().filter(|line| names.contains(&name(line))).collect();
            assert!(others.is_empty(), "{selection:?} builds\n{others:#?}\nwhere the workspace builds\n{wanted:#?}");
        }
    }

    #[test]
    fn nothing_that_is_deployed_has_these_features() {
        for name in FUNCTIONS.into_iter().chain(["known-users-cli"]) {
            let built = built(&packages(&[name]), "normal,build");
            assert!(!built.iter().any(|line| line.starts_with("one-feature-set ")), "{name}");
        }
    }
}
