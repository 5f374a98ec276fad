//! Any text is read or refused, the same way each time; what is read tells its cost and makes a dummy like itself.
#![no_main]

use legacy_password::PasswordHash;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|encoded: &str| {
    match PasswordHash::parse(encoded) {
        Ok(hash) => {
            let again = PasswordHash::parse(encoded).expect("it was read before");
            assert_eq!((hash.format(), hash.cost()), (again.format(), again.cost()));
            let mut bytes = encoded.bytes().cycle();
            if let Some(dummy) = hash.dummy(|random| random.fill_with(|| bytes.next().unwrap_or_default())) {
                let dummy = PasswordHash::parse(&dummy).expect("a dummy is a hash");
                assert_eq!((hash.format(), hash.cost_of(256)), (dummy.format(), dummy.cost_of(256)));
            }
        }
        Err(error) => {
            assert_eq!(PasswordHash::parse(encoded).err(), Some(error));
            assert!(error.to_string().len() < 120);
        }
    }
});
