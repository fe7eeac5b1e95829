//! Texts that are looked through for marks: places stay inside the text.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &str| {
    let report = inspect::text(input);
    assert!(report.marks.iter().all(|m| input.is_char_boundary(m.offset as usize)));
});
