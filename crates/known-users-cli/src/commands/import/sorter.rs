//! Sorting more than fits into memory: records of one length, in runs on disk that are merged.
//!
//! Own code, and short: crates for external sorting bring serialisation, threads and heap records for what is here an
//! array of bytes whose order is its order.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    fs::File,
    io::{self, BufReader, BufWriter, ErrorKind, Read, Seek, Write},
};

/// How many bytes of records are kept in memory.
const RUN: usize = 8 * 1024 * 1024;

/// Takes records of `N` bytes in any order.
pub(crate) struct Sorter<const N: usize> {
    records: Vec<[u8; N]>,
    most: usize,
    /// Sorted, in files without a name: they go with the process, however it ends.
    runs: Vec<File>,
}

impl<const N: usize> Sorter<N> {
    pub(crate) fn new() -> Self {
        Self::with_run(RUN / N.max(1))
    }

    fn with_run(most: usize) -> Self {
        Self { records: Vec::new(), most, runs: Vec::new() }
    }

    pub(crate) fn push(&mut self, record: [u8; N]) -> io::Result<()> {
        self.records.push(record);
        if self.records.len() < self.most {
            return Ok(());
        }
        self.records.sort_unstable();
        let mut file = BufWriter::new(tempfile::tempfile()?);
        for record in self.records.drain(..) {
            file.write_all(&record)?;
        }
        let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        self.runs.push(file);
        Ok(())
    }

    /// The records in their order.
    pub(crate) fn sorted(mut self) -> io::Result<Sorted<N>> {
        self.records.sort_unstable();
        let runs = self.runs.into_iter().map(|file| Run::File(BufReader::with_capacity(32 * 1024, file)));
        let mut runs: Vec<Run<N>> = runs.chain([Run::Memory(self.records.into_iter())]).collect();
        let mut heads = BinaryHeap::with_capacity(runs.len());
        for (number, run) in runs.iter_mut().enumerate() {
            if let Some(record) = run.next()? {
                heads.push(Reverse((record, number)));
            }
        }
        Ok(Sorted { runs, heads })
    }
}

/// Gives records in their order.
pub(crate) struct Sorted<const N: usize> {
    runs: Vec<Run<N>>,
    heads: BinaryHeap<Reverse<([u8; N], usize)>>,
}

enum Run<const N: usize> {
    File(BufReader<File>),
    Memory(std::vec::IntoIter<[u8; N]>),
}

impl<const N: usize> Run<N> {
    fn next(&mut self) -> io::Result<Option<[u8; N]>> {
        match self {
            Self::Memory(records) => Ok(records.next()),
            Self::File(file) => {
                let mut record = [0; N];
                match file.read_exact(&mut record) {
                    Ok(()) => Ok(Some(record)),
                    Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
                    Err(error) => Err(error),
                }
            }
        }
    }
}

impl<const N: usize> Sorted<N> {
    pub(crate) fn next(&mut self) -> io::Result<Option<[u8; N]>> {
        let Some(Reverse((record, number))) = self.heads.pop() else { return Ok(None) };
        if let Some(run) = self.runs.get_mut(number)
            && let Some(next) = run.next()?
        {
            self.heads.push(Reverse((next, number)));
        }
        Ok(Some(record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_in_their_order_from_memory_and_from_disk() {
        let records: Vec<[u8; 2]> = (0..1000_u16).map(|n| (n.wrapping_mul(40_503) % 997).to_be_bytes()).collect();
        let mut expected = records.clone();
        expected.sort_unstable();
        for (most, runs) in [(7, 142), (500, 2), (2000, 0)] {
            let mut sorter = Sorter::with_run(most);
            for record in &records {
                sorter.push(*record).unwrap();
            }
            assert_eq!(sorter.runs.len(), runs);
            let mut sorted = sorter.sorted().unwrap();
            let found: Vec<[u8; 2]> = std::iter::from_fn(|| sorted.next().unwrap()).collect();
            assert_eq!(found, expected, "{most}");
        }
    }
}
