//! Reads from a STUN message which call it is for. It never answers one.

/// Our user fragment in a STUN binding request (RFC 8489 section 5, RFC 8445 section 7.2.2): what stands before the colon of USERNAME.
pub(crate) fn local_ufrag(bytes: &[u8]) -> Option<&str> {
    let header = bytes.get(..STUN_HEADER_BYTES)?;
    if header[..2] != STUN_BINDING_REQUEST || header[4..8] != STUN_COOKIE {
        return None;
    }
    let mut rest = &bytes[STUN_HEADER_BYTES..];
    while let Some((head, tail)) = rest.split_at_checked(4) {
        let kind = u16::from_be_bytes([head[0], head[1]]);
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let value = tail.get(..length)?;
        if kind == STUN_USERNAME {
            return std::str::from_utf8(value).ok()?.split_once(':').map(|(ours, _)| ours);
        }
        rest = tail.get(length.next_multiple_of(4)..)?;
    }
    None
}

const STUN_HEADER_BYTES: usize = 20;
const STUN_BINDING_REQUEST: [u8; 2] = [0x00, 0x01];
const STUN_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const STUN_USERNAME: u16 = 0x0006;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn binding_request(username: &str) -> Vec<u8> {
        let mut bytes = vec![0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42];
        bytes.extend([7; 12]);
        bytes.extend([0x80, 0x22, 0, 3, b'a', b'b', b'c', 0]);
        bytes.extend([0, 6, 0, username.len() as u8]);
        bytes.extend(username.as_bytes());
        bytes
    }

    #[test]
    fn a_binding_request_names_its_call() {
        assert_eq!(local_ufrag(&binding_request("ours:theirs")), Some("ours"));
        assert_eq!(local_ufrag(&binding_request("nocolon")), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), stun in any::<bool>()) {
            if stun && bytes.len() >= 8 {
                bytes[..2].copy_from_slice(&STUN_BINDING_REQUEST);
                bytes[4..8].copy_from_slice(&STUN_COOKIE);
            }
            let _ = local_ufrag(&bytes);
        }
    }
}
