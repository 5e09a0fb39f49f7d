//! ZIP files: the same bytes for the same files, wherever and whenever they are made.
use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::Path;

use zip::result::ZipResult;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::resources::archive::files::Entry;

/// A debug executable is many times as large as a release one, and only tests pack it.
const LEVEL: i64 = if cfg!(debug_assertions) { 1 } else { 6 };

/// The archive. Without a mode, what can be run here can be run there.
pub(super) fn pack(entries: &[Entry], mode: Option<u32>, comment: &str) -> ZipResult<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for Entry { name, content, executable } in entries {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(LEVEL))
            .last_modified_time(DateTime::default())
            .unix_permissions(mode.unwrap_or(if *executable { 0o755 } else { 0o644 }));
        archive.start_file(name.as_str(), options)?;
        archive.write_all(content)?;
    }
    archive.set_comment(comment);
    Ok(archive.finish()?.into_inner())
}

/// All or nothing, and nothing if it is there already: another run may be reading it.
pub(super) fn write(path: &Path, archive: &[u8]) -> std::io::Result<()> {
    if fs::read(path).is_ok_and(|there| there == archive) {
        return Ok(());
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let unfinished = path.with_file_name(name);
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    fs::write(&unfinished, archive)?;
    fs::rename(&unfinished, path).inspect_err(|_| {
        // What matters is why it could not be moved.
        let _ = fs::remove_file(&unfinished);
    })
}

/// Writes the files of one directory of an archive, by their paths in it.
pub(super) fn unpack(archive: &[u8], directory: &str, to: &Path) -> ZipResult<()> {
    let mut archive = ZipArchive::new(Cursor::new(archive))?;
    for index in 0..archive.len() {
        let mut file = archive.by_index(index)?;
        // None for what would lead out of the directory.
        let Some(name) = file.enclosed_name().filter(|name| name.starts_with(directory)) else {
            continue;
        };
        let path = to.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        std::io::copy(&mut file, &mut fs::File::create(path)?)?;
    }
    Ok(())
}

/// The text of one file of an archive.
pub(super) fn text_of(archive: &[u8], name: &str) -> ZipResult<String> {
    let mut archive = ZipArchive::new(Cursor::new(archive))?;
    let mut text = String::new();
    archive.by_name(name)?.read_to_string(&mut text)?;
    Ok(text)
}
