//! One feature set for all that is not deployed. No code: the dependencies in `Cargo.toml` are the content.
//!
//! Cargo builds a dependency with the features that the selected packages ask for together. `cargo demo`, `cargo local`,
//! the bench, the operator's tool and `cargo test --workspace` select differently, so each of them used to build the AWS
//! SDK again. `local-aws` and `known-users-cli` depend on this crate, and the demo and the bench on `local-aws`: they have
//! the features that the whole workspace has, and share what is built.
//!
//! The five functions do not depend on this crate (`tests/tidy.rs`): what is deployed has the features that it asks for
//! itself.
//!
//! Where the test below fails after a change of dependencies, it names the features to add to `Cargo.toml`.

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::process::Command;

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
    fn a_package_alone_is_built_of_what_the_tests_are_built_of() {
        let workspace = built(&["--workspace"], "normal,build,dev");
        // As `crates/local-aws/src/binaries.rs` selects them.
        let functions = [
            "pre-sign-up",
            "migrate-user",
            "pre-authentication",
            "post-authentication",
            "post-confirmation",
            "local-aws",
        ];
        for selection in [
            packages(&["demo"]),
            packages(&["bench"]),
            packages(&["known-users-cli"]),
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
}
