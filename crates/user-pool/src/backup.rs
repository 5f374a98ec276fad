//! The pool as it was before it was changed, in a file.

use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
    time::SystemTime,
};

use aws_failure::Failure;
use serde_json::{Value, json};

use crate::{configuration::Seen, settings::Settings};

/// Writes what was seen; the file's name. Nothing is overwritten, and nobody else may read it: it has everything of the
/// pool's description, other makers' functions and ids included.
pub fn write(given: Option<&Path>, user_pool_id: &str, seen: &Seen) -> Result<String, Failure> {
    let path = given.map_or_else(|| default_name(user_pool_id, SystemTime::now()), Path::to_owned);
    // `UserPool` is where DescribeUserPool has it, so that its own output is a backup as well.
    let backup = json!({"UserPool": seen.settings.as_json(), "UserPoolMfaConfig": seen.mfa});
    let text = format!("{backup:#}\n");
    let written = create(&path).and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|error| {
        Failure::usage(
            format!("write the backup `{}`", path.display()),
            error,
            "give --backup a file that is not there yet, in a folder where you may write; nothing was changed",
        )
    })?;
    Ok(path.display().to_string())
}

/// The settings in a backup.
pub fn read(path: &Path) -> Result<Settings, Failure> {
    let fault = |why: &dyn std::fmt::Display| {
        let tried = format!("read the backup `{}`", path.display());
        Failure::usage(tried, why, "give --restore the file that attach wrote")
    };
    let text = std::fs::read_to_string(path).map_err(|error| fault(&error))?;
    let backup: Value = serde_json::from_str(&text).map_err(|error| fault(&error))?;
    Settings::from_answer(&backup).ok_or_else(|| fault(&"it has no UserPool"))
}

fn create(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// `eu-west-1_X.backup-20261120T141522.125Z.json`; a pool's id has nothing that a file's name may not have, or it gets none.
fn default_name(user_pool_id: &str, now: SystemTime) -> PathBuf {
    let safe = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' };
    let id: String = user_pool_id.chars().map(safe).collect();
    let time = humantime::format_rfc3339_millis(now).to_string().replace(['-', ':'], "");
    PathBuf::from(format!("{id}.backup-{time}.json"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn seen() -> Seen {
        let settings = Settings::from_answer(&json!({"UserPool": {"Id": "eu-west-1_X", "New": [1]}})).unwrap();
        Seen { settings, mfa: json!({"MfaConfiguration": "OFF"}) }
    }

    #[test]
    fn what_is_written_is_read_again_and_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("backup.json");
        assert_eq!(write(Some(&path), "eu-west-1_X", &seen()).unwrap(), path.display().to_string());
        assert_eq!(read(&path).unwrap(), seen().settings);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let before = std::fs::read(&path).unwrap();
        let failure = write(Some(&path), "eu-west-1_X", &seen()).unwrap_err();
        assert!(failure.todo.contains("nothing was changed"), "{failure}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn what_is_no_backup_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        assert!(read(&path).unwrap_err().todo.contains("--restore"));
        for text in ["", "{}", "{\"UserPool\": 1}"] {
            std::fs::write(&path, text).unwrap();
            assert!(read(&path).is_err(), "{text}");
        }
    }

    #[test]
    fn a_backup_is_named_after_the_pool_and_the_time() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_184_122_125);
        assert_eq!(default_name("eu-west-1_X", time), PathBuf::from("eu-west-1_X.backup-20261120T141522.125Z.json"));
        assert_eq!(default_name("../x", time), PathBuf::from("---x.backup-20261120T141522.125Z.json"));
    }
}
