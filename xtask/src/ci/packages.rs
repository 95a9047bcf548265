//! The packages that are published: each compiles from what `cargo package` puts into it, and its documentation has no
//! warnings.
//!
//! `docs/decisions/0038-packages-are-checked-unpacked.md` says why it isn't `cargo package` that compiles them.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use farjump::output::noteln;
use farjump::workspace::{Workspace, cant_start_cargo, cargo};

/// Fields that a published package has, besides those that all packages here have.
const FIELDS: [&str; 5] = ["description", "readme", "keywords", "categories", "rust_version"];

/// A package that is published.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Package {
    name: String,
    version: String,
    /// Those of [`FIELDS`] that it hasn't got.
    missing: Vec<&'static str>,
}

impl Package {
    /// Returns the directory that its archive unpacks to, which is also the archive's name.
    fn directory(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }
}

/// Packs all published packages, compiles each of them from its archive and the archives of the others, and makes their
/// documentation. Returns false if one fails: cargo has said why.
///
/// # Errors
/// Cargo or tar can't be started, or a file can't be written.
pub(super) fn compile(workspace: &Workspace, offline: bool) -> Result<bool> {
    let metadata = output(workspace, &["metadata", "--no-deps", "--format-version", "1"], offline)?;
    let packages = published(&serde_json::from_slice(&metadata).context("cargo's metadata isn't JSON")?)?;
    for Package { name, missing, .. } in packages.iter().filter(|package| !package.missing.is_empty()) {
        noteln!("error: {name}: Cargo.toml has no {}", missing.join(", no "));
    }
    if packages.iter().any(|package| !package.missing.is_empty()) {
        return Ok(false);
    }
    let target = workspace.target.join("packages");
    let mut pack = command(workspace, "package", offline);
    pack.args(["--no-verify", "--allow-dirty", "--target-dir"]).arg(&target);
    pack.args(packages.iter().flat_map(|package| ["-p", &package.name]));
    if !succeeds(&mut pack)? {
        return Ok(false);
    }
    let unpacked = target.join("unpacked");
    unpack(&packages, &target.join("package"), &unpacked)?;
    write(&unpacked.join("Cargo.toml"), &manifest(&packages))?;
    // The same versions as everywhere; cargo drops what isn't needed.
    let lock = fs::read_to_string(workspace.path("Cargo.lock")).context("can't read Cargo.lock")?;
    write(&unpacked.join("Cargo.lock"), &lock)?;
    for package in &packages {
        // One at a time: together, one package could rely on a feature that another one asks for.
        let mut check = command(workspace, "check", offline);
        check.arg("--manifest-path").arg(unpacked.join("Cargo.toml"));
        check.arg("--target-dir").arg(target.join("build")).args(["-p", &package.name]);
        if !succeeds(&mut check)? {
            noteln!("error: {}: its package doesn't compile", package.name);
            return Ok(false);
        }
    }
    let mut document = command(workspace, "doc", offline);
    document.env("RUSTDOCFLAGS", "-D warnings").args(["--no-deps", "--lib", "--manifest-path"]);
    document.arg(unpacked.join("Cargo.toml")).arg("--target-dir").arg(target.join("build"));
    document.args(packages.iter().flat_map(|package| ["-p", &package.name]));
    succeeds(&mut document)
}

/// Returns the packages whose manifest allows to publish them.
fn published(metadata: &Value) -> Result<Vec<Package>> {
    let packages = metadata["packages"].as_array().context("cargo's metadata has no packages")?;
    let published = packages.iter().filter(|package| package["publish"].is_null());
    let package = |package: &Value| {
        let text = |field: &str| package[field].as_str().map(str::to_owned);
        let missing = FIELDS.into_iter().filter(|field| is_empty(&package[*field])).collect();
        Some(Package { name: text("name")?, version: text("version")?, missing })
    };
    published.map(package).collect::<Option<_>>().context("a package in cargo's metadata has no name")
}

fn is_empty(field: &Value) -> bool {
    field.is_null() || field.as_array().is_some_and(Vec::is_empty)
}

/// Unpacks the archives. The files get the time of now, so that cargo compiles them whatever it has compiled before.
fn unpack(packages: &[Package], archives: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        fs::remove_dir_all(to).with_context(|| format!("can't delete {}", to.display()))?;
    }
    fs::create_dir_all(to).with_context(|| format!("can't make {}", to.display()))?;
    for package in packages {
        let archive = archives.join(format!("{}.crate", package.directory()));
        let status = Command::new("tar").arg("-xzmf").arg(&archive).arg("-C").arg(to).status();
        ensure!(status.context("can't start tar")?.success(), "can't unpack {}", archive.display());
    }
    Ok(())
}

/// Returns a workspace of the unpacked packages, which stand in for those that a registry has.
fn manifest(packages: &[Package]) -> String {
    let patch = |package: &Package| format!("{} = {{ path = \"{}\" }}\n", package.name, package.directory());
    let patches = packages.iter().map(patch).collect::<String>();
    format!("[workspace]\nresolver = \"3\"\nmembers = [\"*-*\"]\n\n[patch.crates-io]\n{patches}")
}

fn command(workspace: &Workspace, subcommand: &str, offline: bool) -> Command {
    let mut command = Command::new(cargo());
    command.current_dir(&workspace.root).args([subcommand, "--quiet"]).args(offline.then_some("--offline"));
    command
}

fn succeeds(command: &mut Command) -> Result<bool> {
    Ok(command.status().with_context(cant_start_cargo)?.success())
}

fn output(workspace: &Workspace, arguments: &[&str], offline: bool) -> Result<Vec<u8>> {
    let output = command(workspace, arguments[0], offline).args(&arguments[1..]).output();
    let output = output.with_context(cant_start_cargo)?;
    ensure!(output.status.success(), "cargo {}: {}", arguments[0], String::from_utf8_lossy(&output.stderr));
    Ok(output.stdout)
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("can't write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str) -> Value {
        serde_json::json!({
            "name": name, "version": "0.1.0", "publish": null, "description": "Does it.", "readme": "README.md",
            "keywords": ["osdev"], "categories": ["os"], "rust_version": "1.95",
        })
    }

    #[test]
    fn a_package_is_published_unless_its_manifest_forbids_it() {
        let mut private = package("private");
        private["publish"] = serde_json::json!([]);
        let metadata = serde_json::json!({ "packages": [package("public"), private] });
        let names = published(&metadata).unwrap().into_iter().map(|package| package.name);
        assert_eq!(names.collect::<Vec<_>>(), ["public"]);
    }

    #[test]
    fn what_a_published_package_lacks_is_found() {
        let mut bare = package("bare");
        bare["readme"] = Value::Null;
        bare["keywords"] = serde_json::json!([]);
        let packages = published(&serde_json::json!({ "packages": [package("whole"), bare] })).unwrap();
        assert_eq!(packages[0].missing, Vec::<&str>::new());
        assert_eq!(packages[1].missing, ["readme", "keywords"]);
    }

    #[test]
    fn each_package_stands_in_for_the_registrys() {
        let package = Package { name: "a-b".to_owned(), version: "0.1.0".to_owned(), missing: vec![] };
        let manifest: toml::Table = manifest(&[package]).parse().unwrap();
        assert_eq!(manifest["patch"]["crates-io"]["a-b"]["path"].as_str(), Some("a-b-0.1.0"));
    }
}
