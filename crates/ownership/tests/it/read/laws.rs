//! What holds for every input.

use ownership::{Feed, Format, Limits};
use proptest::prelude::*;

use super::support::{all, gzip, zstd};

const SAMPLES: &[(Format, &str)] = &[
    (
        Format::Ftm,
        "{\"id\":\"c1\",\"schema\":\"Company\",\"properties\":{\"name\":[\"Acme\"]}}\n{\"id\":\"o1\",\"schema\":\"Ownership\",\"properties\":{\"owner\":[\"a\"],\"asset\":[\"c1\"],\"percentage\":[\"50\"]}}\n",
    ),
    (
        Format::Bods,
        "[\n{\"recordType\":\"entity\",\"recordId\":\"r\",\"statementDate\":\"2020-01-01\",\"recordDetails\":{\"name\":\"A \\\" b\"}},\n{\"recordType\":\"person\",\"recordId\":\"p\",\"statementDate\":\"2020-01-01\",\"recordDetails\":{\"names\":[{\"fullName\":\"B\"}]}}\n]\n",
    ),
    (
        Format::GleifEntities,
        "<?xml version=\"1.0\"?><lei:LEIData><lei:LEIRecords><lei:LEIRecord><lei:LEI>5493001KJTIIGC8Y1R12</lei:LEI><lei:Entity><lei:LegalName>A</lei:LegalName></lei:Entity></lei:LEIRecord><!-- c --></lei:LEIRecords></lei:LEIData>",
    ),
    (
        Format::GleifExceptions,
        "LEI,Exception.Category,Exception.Reason.1\n5493001KJTIIGC8Y1R12,DIRECT_ACCOUNTING_CONSOLIDATION_PARENT,NO_LEI\n",
    ),
    (
        Format::GleifRelationships,
        "{\"relations\":[{\"Relationship\":{\"StartNode\":{\"NodeID\":\"5493001KJTIIGC8Y1R12\"},\"EndNode\":{\"NodeID\":\"213800QILIUD4ROSUO03\"},\"RelationshipType\":\"IS_FEEDER_TO\"}}]}",
    ),
    (
        Format::Psc,
        "{\"company_number\":\"00000002\",\"data\":{\"kind\":\"persons-with-significant-control-statement\",\"statement\":\"x\",\"links\":{\"self\":\"/t1\"}}}\n",
    ),
    (
        Format::OfacSdn,
        "36,\"A, \"\"B\"\"\",-0- ,\"CUBA\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n7,\"C\",-0- ,\"CUBA\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n",
    ),
    (Format::OfacAliases, "36,12,\"aka\",\"AERO\",-0- \r\n"),
    (Format::OfacAddresses, "36,25,-0- ,\"Havana\",\"Cuba\",-0- \r\n"),
    (Format::Names, "name,id\n\"A, B\",1\nC,2\n"),
];

/// Small limits, so that they are met.
fn reading(format: Format) -> Feed {
    let limits = Limits { row_bytes: 300, kept_bytes: 20, name_bytes: 30, values: 20, depth: 6, held_bytes: 10_000 };
    Feed { format, limits, ..Feed::of("f") }
}

#[test]
fn a_cut_loses_nothing_in_silence() {
    for (format, sample) in SAMPLES {
        let whole = Feed { format: *format, ..Feed::of("f") };
        let (statements, rejects, outcome) = all(sample.as_bytes(), &whole);
        assert!(rejects.is_empty() && outcome.failure.is_none(), "{format}: {rejects:?} {:?}", outcome.failure);
        for cut in 0..sample.len() {
            let (kept, rejects, outcome) = all(&sample.as_bytes()[..cut], &whole);
            let silent = rejects.is_empty() && outcome.failure.is_none();
            // Between two rows of lines nothing shows that there were more.
            let at_row =
                sample[..cut].ends_with('\n') || sample[cut..].starts_with('\n') || sample[cut..].trim().is_empty();
            assert!(!silent || at_row || kept == statements || *format == Format::Names, "{format} cut at {cut}");
            assert!(
                statements.starts_with(&kept) || *format == Format::Names,
                "{format} cut at {cut} says something else"
            );
        }
    }
}

#[test]
fn packing_and_piecemeal_reading_change_nothing() {
    struct Drops<'a>(&'a [u8]);
    impl std::io::Read for Drops<'_> {
        fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
            let n = self.0.len().min(1).min(buf.len());
            buf[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }
    for (format, sample) in SAMPLES {
        let reading = Feed::of("f");
        let (statements, _, outcome) = all(sample.as_bytes(), &reading);
        assert_eq!(outcome.format, Some(*format));
        for packed in [gzip(sample.as_bytes()), zstd(sample.as_bytes())] {
            assert_eq!(all(&packed, &reading).0, statements);
        }
        let mut dropped = 0;
        let outcome = ownership::read(Drops(sample.as_bytes()), &reading, &mut |_| dropped += 1);
        assert!(outcome.failure.is_none());
        assert_eq!(dropped, statements.len());
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for format in Format::ALL {
            let _ = all(&bytes, &reading(format));
        }
    }

    #[test]
    fn no_change_of_a_good_input_panics(which in 0..SAMPLES.len(), at in 0..400_usize, bytes in "[\\[\\]{}\",:<>/!&;a0\\-\n ]{0,6}", gone in 0..6_usize) {
        let (format, sample) = SAMPLES[which];
        let at = at % (sample.len() + 1);
        let changed = [&sample.as_bytes()[..at], bytes.as_bytes(), &sample.as_bytes()[(at + gone).min(sample.len())..]].concat();
        let _ = all(&changed, &reading(format));
        let _ = all(&changed, &reading(Format::Auto));
    }
}
