//! Reads CTranslate2's binary model format. It never trusts a length in it.

use std::collections::BTreeMap;

/// The format's only version read here.
const VERSION: u32 = 6;
/// Variables a model may have.
const VARIABLES_MAX: u32 = 4096;
/// Dimensions a variable may have.
const RANK_MAX: u8 = 4;

/// The variables of a model by name.
pub(crate) type Variables<'a> = BTreeMap<String, Variable<'a>>;

/// One tensor or number as it lies in the file.
#[derive(Clone, Debug)]
pub(crate) struct Variable<'a> {
    /// Lengths, slowest first.
    pub(crate) shape: Vec<usize>,
    /// How the elements are written.
    pub(crate) kind: Kind,
    /// The elements, little endian.
    pub(crate) data: &'a [u8],
}

/// Element types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// 32-bit float.
    F32,
    /// 8-bit integer.
    I8,
    /// 16-bit integer.
    I16,
    /// 32-bit integer.
    I32,
    /// 16-bit float.
    F16,
}

impl Kind {
    fn from_code(code: u8) -> Option<Self> {
        [Self::F32, Self::I8, Self::I16, Self::I32, Self::F16].get(usize::from(code)).copied()
    }

    fn bytes(self) -> usize {
        match self {
            Self::F32 | Self::I32 => 4,
            Self::I8 => 1,
            Self::I16 | Self::F16 => 2,
        }
    }
}

/// Reads all variables of a model, or says what is wrong.
pub(crate) fn read(file: &[u8]) -> Result<Variables<'_>, String> {
    let mut rest = Reader { bytes: file };
    let version = rest.u32()?;
    if version != VERSION {
        return Err(format!("CTranslate2 format {version}, only {VERSION} is known"));
    }
    let kind = rest.string()?;
    if kind != "WhisperSpec" {
        return Err(format!("a {kind}, not a Whisper model"));
    }
    let _revision = rest.u32()?;
    let count = rest.u32()?;
    if count > VARIABLES_MAX {
        return Err(format!("{count} variables"));
    }
    (0..count).map(|_| rest.variable()).collect()
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn variable(&mut self) -> Result<(String, Variable<'a>), String> {
        let name = self.string()?;
        let rank = self.array::<1>()?[0];
        if rank > RANK_MAX {
            return Err(format!("{name} has {rank} dimensions"));
        }
        let shape = (0..rank).map(|_| self.u32().map(|length| length as usize)).collect::<Result<Vec<_>, _>>()?;
        let code = self.array::<1>()?[0];
        let kind = Kind::from_code(code).ok_or_else(|| format!("{name} has element type {code}"))?;
        let length = self.u32()? as usize;
        let expected = shape.iter().try_fold(kind.bytes(), |product, side| product.checked_mul(*side));
        if expected != Some(length) {
            return Err(format!("{name} has {length} bytes for its shape {shape:?}"));
        }
        let data = self.take(length)?;
        Ok((name, Variable { shape, kind, data }))
    }

    /// A length that counts a trailing zero byte, then the text.
    fn string(&mut self) -> Result<String, String> {
        let length = u16::from_le_bytes(self.array()?);
        let bytes = self.take(usize::from(length))?;
        let text = std::str::from_utf8(bytes).map_err(|_| "a name that is not text".to_owned())?;
        Ok(text.trim_end_matches('\0').to_owned())
    }

    fn u32(&mut self) -> Result<u32, String> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let bytes = self.take(N)?;
        Ok(bytes.try_into().expect("take returns the length asked for"))
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or("the file ends too early")?;
        self.bytes = rest;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A model file of the given variables, all f16.
    fn file(variables: &[(&str, &[u32], Vec<u8>, u8)]) -> Vec<u8> {
        let string = |text: &str| [&(text.len() as u16 + 1).to_le_bytes()[..], text.as_bytes(), b"\0"].concat();
        let mut out = 6u32.to_le_bytes().to_vec();
        out.extend(string("WhisperSpec"));
        out.extend(3u32.to_le_bytes());
        out.extend((variables.len() as u32).to_le_bytes());
        for (name, shape, data, kind) in variables {
            out.extend(string(name));
            out.push(shape.len() as u8);
            shape.iter().for_each(|side| out.extend(side.to_le_bytes()));
            out.push(*kind);
            out.extend((data.len() as u32).to_le_bytes());
            out.extend(data);
        }
        out
    }

    #[test]
    fn a_variable_comes_back() {
        let bytes = file(&[("a/b", &[2, 3], vec![7; 12], 4)]);
        let variables = read(&bytes).expect("well formed");
        assert_eq!(variables["a/b"].shape, [2, 3]);
        assert_eq!(variables["a/b"].data, [7; 12]);
    }

    #[test]
    fn every_truncation_is_an_error_and_no_panic() {
        let bytes = file(&[("a", &[4], vec![1; 8], 4), ("n", &[], vec![1, 0], 2)]);
        for length in 0..bytes.len() {
            assert!(read(&bytes[..length]).is_err(), "cut at {length}");
        }
    }

    #[test]
    fn a_length_that_is_not_the_shape_is_refused() {
        let bytes = file(&[("a", &[u32::MAX, u32::MAX, u32::MAX], vec![1; 8], 4)]);
        assert!(read(&bytes).is_err());
    }
}
