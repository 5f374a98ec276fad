//! Any text has a format or an error, the same one each time, and what is refused is refused by `verify` too.
#![no_main]

use legacy_password::{Format, Parameters, verify};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|encoded: &str| {
    let format = Format::of(encoded);
    assert_eq!(format, Format::of(encoded));
    if let Err(error) = format {
        assert_eq!(verify(b"password", encoded, &Parameters::default()), Err(error));
        assert!(error.to_string().len() < 120);
    }
});
