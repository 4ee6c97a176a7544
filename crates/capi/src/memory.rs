//! The caller's memory, checked as far as a pointer and a length can be.

use std::ptr;
use std::slice;

use crate::status::{Failure, argument};

/// Whether `length` values may lie at `pointer`.
fn check<T>(name: &str, pointer: *const T, length: usize) -> Result<(), Failure> {
    if pointer.is_null() {
        return Err(argument(name, "a pointer", "NULL"));
    }
    if !pointer.is_aligned() {
        let expected = format!("an address that is a multiple of {}", align_of::<T>());
        return Err(argument(name, &expected, format!("{pointer:p}")));
    }
    let bytes = length.checked_mul(size_of::<T>());
    let end = bytes.and_then(|bytes| pointer.addr().checked_add(bytes));
    if end.is_none() || bytes.is_none_or(|bytes| bytes > isize::MAX as usize) {
        return Err(argument(name, "a length that fits into memory", length));
    }
    Ok(())
}

/// The caller's input. Of no values the pointer may be null.
///
/// # Safety
///
/// Where `pointer` is not null, `length` values can be read there during `'a`, and nobody writes them.
pub(crate) unsafe fn input<'a, T>(
    name: &str,
    pointer: *const T,
    length: usize,
) -> Result<&'a [T], Failure> {
    if length == 0 {
        return Ok(&[]);
    }
    check(name, pointer, length)?;
    // SAFETY: not null, aligned, within half of the address space; the rest is promised.
    Ok(unsafe { slice::from_raw_parts(pointer, length) })
}

/// The caller's room for results, which is filled with zeros. Of no values the pointer may be null.
///
/// # Safety
///
/// Where `pointer` is not null, `length` values can be written there during `'a`, nobody else reads or writes
/// them, and bytes of zeros are a `T`.
pub(crate) unsafe fn output<'a, T>(
    name: &str,
    pointer: *mut T,
    length: usize,
) -> Result<&'a mut [T], Failure> {
    if length == 0 {
        return Ok(&mut []);
    }
    check(name, pointer, length)?;
    // A slice's values must have been written once; fresh memory of C has not.
    // SAFETY: not null, aligned, within half of the address space; the rest is promised.
    unsafe { ptr::write_bytes(pointer, 0, length) };
    // SAFETY: as above, and written.
    Ok(unsafe { slice::from_raw_parts_mut(pointer, length) })
}

/// Where a new handle goes; null is written first, so that a caller who passes over an error has no handle.
///
/// # Safety
///
/// Where `pointer` is not null, a pointer can be written there, and nobody else reads or writes it during `'a`.
pub(crate) unsafe fn place<'a, T>(
    name: &str,
    pointer: *mut *mut T,
) -> Result<&'a mut *mut T, Failure> {
    check(name, pointer, 1)?;
    // SAFETY: not null, aligned; the rest is promised.
    unsafe { ptr::write(pointer, ptr::null_mut()) };
    // SAFETY: as above, and written.
    Ok(unsafe { &mut *pointer })
}

/// What a handle leads to.
///
/// # Safety
///
/// `pointer` is null, or comes from the library and was not freed before the end of `'a`.
pub(crate) unsafe fn handle<'a, T>(name: &str, pointer: *const T) -> Result<&'a T, Failure> {
    check(name, pointer, 1)?;
    // SAFETY: it comes from `Box::into_raw`.
    Ok(unsafe { &*pointer })
}

/// Refuses results that would be written over what is read.
pub(crate) fn apart<T, U>(
    read: (*const T, usize),
    written: (*const U, usize),
) -> Result<(), Failure> {
    let bytes = |address: usize, length: usize, size: usize| {
        address..address.saturating_add(length.saturating_mul(size))
    };
    let read = bytes(read.0.addr(), read.1, size_of::<T>());
    let written = bytes(written.0.addr(), written.1, size_of::<U>());
    let both = read.start.max(written.start)..read.end.min(written.end);
    match both.is_empty() {
        true => Ok(()),
        false => Err(argument(
            "results",
            "memory of their own",
            "that of the images",
        )),
    }
}
