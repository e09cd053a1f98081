//! The checked-in list of model files: name, bytes, hash, licence, sources. It never looks at a disk or a network.

use crate::models::error::ModelError;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The list as it is compiled into the program.
const BUILT_IN: &str = include_str!("manifest.toml");
/// Members that one file may be made from.
const MEMBERS_MAX: usize = 16;

/// Every model file and the packages that carry them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Packages by the short name members refer to.
    pub package: BTreeMap<String, Package>,
    /// The files, in the order of fetching.
    pub file: Vec<ModelFile>,
}

/// A package of a registry.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// The program that fetches it.
    pub client: Client,
    /// Its name in the registry.
    pub name: String,
    /// Its exact version.
    pub version: String,
    /// Further options for the client.
    #[serde(default)]
    pub options: Vec<String>,
}

/// The ordinary client of a package registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Client {
    /// Python's, fetching wheels.
    Pip,
    /// Node's, fetching gzipped tar files.
    Npm,
}

/// One file in the folder of models.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    /// Its name in the folder.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// When it is fetched.
    pub set: Set,
    /// SPDX name of its licence.
    pub licence: String,
    /// Who made it.
    pub credit: String,
    /// What it is for.
    pub purpose: String,
    /// `architecture-system` it is for; any when absent.
    pub platform: Option<String>,
    /// Addresses of the very same bytes, tried first.
    #[serde(default)]
    pub urls: Vec<String>,
    /// How it is made from its members.
    pub make: Make,
    /// Files inside packages that it is made from, in order.
    pub members: Vec<Member>,
}

/// Which pull fetches a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Set {
    /// What `make run` needs.
    Default,
    /// The best voice, slower.
    Quality,
    /// Everything else.
    Extra,
}

/// How a file is made from its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Make {
    /// The one member as it is.
    Copy,
    /// The members one after the other.
    Join,
    /// CTranslate2 parts, then the vocabulary, to a ggml file in q8_0.
    #[serde(rename = "whisper-q8_0")]
    Whisper,
}

/// A file inside a package.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Short name of the package.
    pub package: String,
    /// Path inside the wheel or tar file.
    pub path: String,
    /// Its SHA-256, lower-case hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// The manifest this program was built with.
    pub fn built_in() -> Self {
        Self::parse(BUILT_IN).expect("the manifest is checked by a test before it is shipped")
    }

    /// Parses and checks a manifest.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        let manifest: Self = toml::from_str(text).map_err(|error| ModelError::Manifest(error.to_string()))?;
        for file in &manifest.file {
            manifest.check(file)?;
        }
        Ok(manifest)
    }

    /// The file of this name.
    pub fn find(&self, name: &str) -> Result<&ModelFile, ModelError> {
        self.file.iter().find(|file| file.name == name).ok_or_else(|| ModelError::Unknown(name.into()))
    }

    fn check(&self, file: &ModelFile) -> Result<(), ModelError> {
        let fail = |why: &str| Err(ModelError::Manifest(format!("{}: {why}", file.name)));
        if file.name.is_empty() || file.name.contains(['/', '\\']) || file.name.starts_with('.') {
            return fail("its name must be a plain file name");
        }
        if self.file.iter().filter(|other| other.name == file.name).count() != 1 {
            return fail("named twice");
        }
        if file.members.is_empty() || file.members.len() > MEMBERS_MAX {
            return fail("it needs members");
        }
        if file.make == Make::Copy && (file.members.len() != 1 || file.members[0].sha256 != file.sha256) {
            return fail("a copy has one member with the same hash");
        }
        if file.make == Make::Whisper && file.members.len() < 2 {
            return fail("a conversion needs the model and its vocabulary");
        }
        if !file.members.iter().all(|member| self.package.contains_key(&member.package)) {
            return fail("a member names no known package");
        }
        let mut hashes = file.members.iter().map(|member| &member.sha256).chain([&file.sha256]);
        if !hashes.all(|hash| is_sha256(hash)) {
            return fail("a hash is not 64 lower-case hexadecimal digits");
        }
        Ok(())
    }
}

impl ModelFile {
    /// Can this file be used on the machine this program was built for?
    pub fn fits_here(&self) -> bool {
        let here = format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS);
        self.platform.as_ref().is_none_or(|platform| *platform == here)
    }
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_manifest_is_sound() {
        let manifest = Manifest::built_in();
        assert!(manifest.find("silero-vad.onnx").expect("listed").set == Set::Default);
        assert!(manifest.file.iter().all(|file| !file.licence.is_empty() && !file.credit.is_empty()));
    }

    #[test]
    fn a_name_that_leaves_the_folder_is_refused() {
        let text = BUILT_IN.replace("\"silero-vad.onnx\"", "\"../silero-vad.onnx\"");
        assert!(matches!(Manifest::parse(&text), Err(ModelError::Manifest(_))));
    }

    #[test]
    fn a_copy_whose_member_differs_is_refused() {
        let text = BUILT_IN.replacen("bytes = 2327524\nsha256 = \"1a", "bytes = 2327524\nsha256 = \"2b", 1);
        assert_ne!(text, BUILT_IN);
        assert!(Manifest::parse(&text).is_err());
    }
}
