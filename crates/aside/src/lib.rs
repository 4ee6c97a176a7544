//! Files and folders that are either whole or not there.
//!
//! They are written under another name in the same folder, brought to the disk, and renamed.
//! Whatever happens on the way, the name stands for the old content or for all of the new.
//!
//! ```
//! # let dir = std::env::temp_dir().join(format!("onebit-aside-{}", std::process::id()));
//! # std::fs::create_dir_all(&dir)?;
//! let path = dir.join("numbers.txt");
//! aside::replace(&path, b"1 2 3")?;
//! aside::replace(&path, b"4 5 6")?;
//! assert_eq!(std::fs::read(&path)?, b"4 5 6");
//! # std::fs::remove_dir_all(&dir)?;
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! | function | for |
//! | --- | --- |
//! | [`replace`] | a file that a user named: links and permissions stay |
//! | [`write()`] | a file of the program's own: a link in its place is replaced |
//! | [`sync`], then [`rename`] | a file that is already there under another name, as a download |
//! | [`write_folder`] | a folder as a whole |
//! | [`sync_name`] | a file or folder that was made in its place |
//! | [`open_own`], [`read_own`] | a file of the program's own that is added to or read: no link, no pipe |
//! | [`sweep`] | what programs that were killed left aside |
//!
//! The other names are drawn, and what has them is made anew: a link that somebody has put there is
//! not followed. Files have the permissions that any new file has; those of temporary files, which
//! only their owner may read, would be wrong for what others shall read.

mod file;
mod folder;
mod fresh;
mod own;

pub use file::{rename, replace, sync, sync_name, write, write_synced};
pub use folder::write_folder;
pub use fresh::sweep;
pub use own::{open_own, read_own};
