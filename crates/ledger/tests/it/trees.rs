//! Roots and proofs against RFC 6962 written down naively, and against the vectors of Certificate Transparency.

use ledger::{Hash, Prover, Tree, verify_consistency, verify_inclusion};

use crate::support::key;

/// The leaves and roots of the tests of github.com/google/certificate-transparency.
const LEAVES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn hex(hash: Hash) -> String {
    hash.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn tree<L: AsRef<[u8]>>(leaves: &[L]) -> Tree {
    let mut tree = Tree::default();
    leaves.iter().for_each(|leaf| tree.push(Hash::leaf(leaf.as_ref())));
    tree
}

/// MTH of RFC 6962, section 2.1, as it is written there.
fn naive_root<L: AsRef<[u8]>>(leaves: &[L]) -> Hash {
    match leaves {
        [] => Hash::empty(),
        [leaf] => Hash::leaf(leaf.as_ref()),
        _ => {
            let (left, right) = leaves.split_at(half(leaves.len()));
            Hash::node(&naive_root(left), &naive_root(right))
        }
    }
}

fn half(size: usize) -> usize {
    (0..).map(|bit| 1 << bit).take_while(|&power| power < size).last().unwrap()
}

/// PATH of section 2.1.1.
fn naive_path<L: AsRef<[u8]>>(index: usize, leaves: &[L]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(half(leaves.len()));
    let (mut path, sibling) = match index.checked_sub(left.len()) {
        None => (naive_path(index, left), right),
        Some(index) => (naive_path(index, right), left),
    };
    path.push(naive_root(sibling));
    path
}

/// SUBPROOF of section 2.1.2.
fn naive_proof<L: AsRef<[u8]>>(old: usize, leaves: &[L], whole: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if whole { Vec::new() } else { vec![naive_root(leaves)] };
    }
    let (left, right) = leaves.split_at(half(leaves.len()));
    let (mut path, sibling) = match old.checked_sub(left.len()) {
        None | Some(0) => (naive_proof(old, left, whole), right),
        Some(old) => (naive_proof(old, right, false), left),
    };
    path.push(naive_root(sibling));
    path
}

fn leaves(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|number| format!("leaf {number}").into_bytes()).collect()
}

fn path(prover: Option<Prover>, leaves: &[Vec<u8>]) -> Vec<Hash> {
    let mut prover = prover.unwrap();
    leaves.iter().for_each(|leaf| prover.push(Hash::leaf(leaf)));
    prover.finish().unwrap()
}

#[test]
fn roots_are_those_of_certificate_transparency() {
    for (size, root) in ROOTS.iter().enumerate() {
        assert_eq!(hex(tree(&LEAVES[..size]).root()), *root, "{size} leaves");
        assert_eq!(hex(naive_root(&LEAVES[..size])), *root, "{size} leaves, naively");
    }
}

#[test]
fn every_entry_is_proven_in_every_tree_and_nowhere_else() {
    let all = leaves(70);
    for size in 1..=all.len() {
        let head = &all[..size];
        let tree = tree(head);
        assert_eq!(tree.root(), naive_root(head));
        let checkpoint = key().public().open_checkpoint(&key().sign_checkpoint(&tree)).unwrap();
        for (index, leaf) in head.iter().enumerate() {
            // Leaves beyond the tree do not change the proof.
            let path = path(Prover::inclusion(index as u64, size as u64), &all);
            assert_eq!(path, naive_path(index, head), "{index} of {size}");
            verify_inclusion(index as u64, Hash::leaf(leaf), &path, &checkpoint).unwrap();
            for other in (0..=size).filter(|&other| other != index) {
                verify_inclusion(other as u64, Hash::leaf(leaf), &path, &checkpoint).unwrap_err();
            }
            verify_inclusion(index as u64, Hash::leaf(b"another"), &path, &checkpoint).unwrap_err();
            for at in 0..path.len() {
                let mut changed = path.clone();
                changed[at] = Hash::leaf(b"another");
                verify_inclusion(index as u64, Hash::leaf(leaf), &changed, &checkpoint).unwrap_err();
                changed.remove(at);
                verify_inclusion(index as u64, Hash::leaf(leaf), &changed, &checkpoint).unwrap_err();
            }
            let longer = [path.as_slice(), &[Hash::empty()]].concat();
            verify_inclusion(index as u64, Hash::leaf(leaf), &longer, &checkpoint).unwrap_err();
        }
        assert!(Prover::inclusion(size as u64, size as u64).is_none());
    }
}

#[test]
fn every_tree_continues_every_earlier_one() {
    let all = leaves(72);
    let checkpoint =
        |leaves: &[Vec<u8>]| key().public().open_checkpoint(&key().sign_checkpoint(&tree(leaves))).unwrap();
    let checkpoints: Vec<_> = (0..=all.len()).map(|size| checkpoint(&all[..size])).collect();
    let mut other = all.clone();
    other[0] = b"another".to_vec();
    for new in 0..=all.len() {
        for old in 0..=new {
            let path = path(Prover::consistency(old as u64, new as u64), &all[..new]);
            if old > 0 {
                assert_eq!(path, naive_proof(old, &all[..new], true), "{old} to {new}");
                let changed = checkpoint(&other[..old]);
                verify_consistency(&changed, &checkpoints[new], &path).unwrap_err();
                verify_consistency(&checkpoints[old], &checkpoint(&other[..new]), &path).unwrap_err();
            }
            verify_consistency(&checkpoints[old], &checkpoints[new], &path).unwrap();
            for at in 0..path.len() {
                let mut changed = path.clone();
                changed[at] = Hash::leaf(b"another");
                verify_consistency(&checkpoints[old], &checkpoints[new], &changed).unwrap_err();
                changed.remove(at);
                verify_consistency(&checkpoints[old], &checkpoints[new], &changed).unwrap_err();
            }
            let longer = [path.as_slice(), &[Hash::empty()]].concat();
            verify_consistency(&checkpoints[old], &checkpoints[new], &longer).unwrap_err();
            if old < new {
                verify_consistency(&checkpoints[new], &checkpoints[old], &path).unwrap_err();
                assert!(Prover::consistency(new as u64, old as u64).is_none());
            }
        }
    }
}

#[test]
fn a_prover_without_all_leaves_says_so() {
    let mut prover = Prover::inclusion(0, 9).unwrap();
    prover.push(Hash::leaf(b""));
    expect_test::expect!["a proof over 9 entries got only 1; see whether a segment is missing"]
        .assert_eq(&prover.finish().unwrap_err().to_string());
}

#[test]
fn the_largest_trees_have_paths_as_well() {
    assert!(Prover::inclusion(u64::MAX - 1, u64::MAX).is_some());
    assert!(Prover::consistency(1, u64::MAX).is_some());
    assert!(Prover::consistency(u64::MAX - 1, u64::MAX).is_some());
}
