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
//! | [`write_with`] | the same, written piece by piece |
//! | [`open_own`] | a file of the program's own that is added to: no link, no pipe |
//! | [`open_to_read`], [`read_own`] | one that is read, within a bound: no pipe |
//! | [`Lines`] | the lines of such a file, each within a bound |
//! | [`must_be_own`] | a file of the program's own that may be replaced, and no link |
//! | [`make_own_folder`], [`must_be_own_folder`] | a folder of the program's own: no link |
//! | [`read_given`], [`read_given_text`] | a file or pipe that a user named, read within a bound |
//! | [`words`], [`refusal`] | what is said of an access that was refused |
//! | [`sweep`] | what programs that were killed left aside |
//!
//! The other names are drawn, and what has them is made anew: a link that somebody has put there is
//! not followed. Files have the permissions that any new file has; those of temporary files, which
//! only their owner may read, would be wrong for what others shall read.

mod file;
mod folder;
mod fresh;
mod lines;
mod own;
mod refusal;

pub use file::{rename, replace, sync, sync_name, write, write_synced, write_with};
pub use folder::write_folder;
pub use fresh::sweep;
pub use lines::Lines;
pub use own::{
    make_own_folder, must_be_own, must_be_own_folder, open_own, open_to_read, read_given,
    read_given_text, read_own,
};
pub use refusal::{refusal, words};
