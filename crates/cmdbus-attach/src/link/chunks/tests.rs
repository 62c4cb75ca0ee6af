#![allow(clippy::unwrap_used)]

use super::*;
use crate::link::outgoing::Outgoing;

fn bus(id: &str, len: usize) -> Outgoing {
    let filler = "x".repeat(len);
    Outgoing::bus(format!(
        r#"{{"type":"execute.command.response","id":"{id}","result":"{filler}"}}"#
    ))
}

fn cut(frame: &Outgoing, longest: usize) -> Vec<Bytes> {
    let mut pieces = Pieces::new(1);
    let mut all = Vec::new();
    loop {
        let (bytes, last) = pieces.next(frame, longest);
        all.push(bytes);
        if last {
            return all;
        }
    }
}

fn piece(header: &str, raw: &[u8]) -> Vec<u8> {
    let mut message = u32::try_from(header.len()).unwrap().to_be_bytes().to_vec();
    message.extend_from_slice(header.as_bytes());
    message.extend_from_slice(raw);
    message
}

fn header(id: &str, n: u64, last: bool) -> String {
    format!(r#"{{"type":"chunk","ref":"{id}","n":{n},"last":{last},"of":"server_response"}}"#)
}

fn assembly() -> Assembly {
    Assembly::new(&Settings::default())
}

fn refused(taken: Taken) -> &'static str {
    let Taken::Refused { why, .. } = taken else {
        panic!("{taken:?} is not refused");
    };
    why
}

#[test]
fn a_piece_is_a_length_a_header_and_raw_bytes() {
    let pieces = cut(&bus("q_71", 100), 64);
    let text =
        r#"{"type":"chunk","ref":"q_71","n":0,"last":false,"of":"execute.command.response"}"#;
    assert_eq!(
        pieces[0][..4],
        u32::try_from(text.len()).unwrap().to_be_bytes()
    );
    assert_eq!(&pieces[0][4..4 + text.len()], text.as_bytes());
    assert_eq!(pieces[0].len(), 4 + text.len() + 64);
}

#[test]
fn w16_a_frame_in_pieces_arrives_whole_for_every_length_of_piece() {
    let frame = bus("q", 1000);
    for longest in [1, 7, 63, 64, 1000, 5000] {
        let mut assembly = assembly();
        let pieces = cut(&frame, longest);
        let (last, others) = pieces.split_last().unwrap();
        for piece in others {
            assert_eq!(assembly.take(piece), Taken::More);
        }
        assert_eq!(
            assembly.take(last),
            Taken::Whole(frame.text.as_str().to_owned())
        );
        assert_eq!((assembly.bytes, assembly.partial.len()), (0, 0));
    }
}

#[test]
fn frames_are_told_apart_while_their_pieces_mix() {
    let (a, b) = (bus("a", 300), bus("b", 300));
    let mut assembly = assembly();
    let mut whole = Vec::new();
    for (a, b) in cut(&a, 50).iter().zip(cut(&b, 50).iter()) {
        for piece in [a, b] {
            if let Taken::Whole(text) = assembly.take(piece) {
                whole.push(text);
            }
        }
    }
    assert_eq!(whole, [a.text.as_str(), b.text.as_str()]);
}

#[test]
fn any_other_binary_message_is_no_piece() {
    for message in [
        vec![],
        vec![0, 0, 0],
        vec![0, 0, 0, 9, b'{'],
        vec![255; 100],
        piece("{}", b""),
        piece(
            r#"{"type":"other","ref":"q","n":0,"last":true,"of":""}"#,
            b"{}",
        ),
        piece(&" ".repeat(HEADER + 1), b""),
    ] {
        assert_eq!(assembly().take(&message), Taken::NotAPiece);
    }
}

#[test]
fn a_frame_longer_than_64_mib_is_refused_and_the_rest_of_it_ignored() {
    let mut assembly = assembly();
    let raw = vec![b'x'; PIECE];
    let fit = Settings::default().max_frame / PIECE;
    for n in 0..fit {
        let taken = assembly.take(&piece(&header("q", n as u64, false), &raw));
        assert_eq!(taken, Taken::More);
    }
    let more = fit as u64;
    let taken = assembly.take(&piece(&header("q", more, false), b"x"));
    assert!(refused(taken).contains("too long"));
    assert_eq!((assembly.bytes, assembly.partial.len()), (0, 0));
    let ignored = assembly.take(&piece(&header("q", more + 1, false), b"x"));
    assert_eq!(ignored, Taken::Ignored(false));
    let last = assembly.take(&piece(&header("q", more + 2, true), b"x"));
    assert_eq!(last, Taken::Ignored(true));
    assert!(assembly.refused.is_empty());
}

#[test]
fn incomplete_frames_are_bounded_in_number_and_in_bytes() {
    let mut many = assembly();
    for n in 0..PARTIAL {
        let taken = many.take(&piece(&header(&n.to_string(), 0, false), b"x"));
        assert_eq!(taken, Taken::More);
    }
    let taken = many.take(&piece(&header("more", 0, false), b"x"));
    assert!(refused(taken).contains("incomplete"));

    let mut long = Assembly::new(&Settings {
        max_frame: 100,
        ..Settings::default()
    });
    long.most = 150;
    assert_eq!(
        long.take(&piece(&header("a", 0, false), &[b'x'; 100])),
        Taken::More
    );
    assert_eq!(
        long.take(&piece(&header("b", 0, false), &[b'x'; 50])),
        Taken::More
    );
    assert!(refused(long.take(&piece(&header("b", 1, false), b"x"))).contains("too long"));
    let end = long.take(&piece(&header("a", 1, true), b""));
    assert!(matches!(end, Taken::Whole(_)));
    assert_eq!(long.bytes, 0);
}

#[test]
fn a_piece_that_is_missing_repeated_or_too_long_refuses_its_frame_and_no_other() {
    for bad in [
        piece(&header("q", 2, false), b"x"),
        piece(&header("q", 0, false), b"x"),
        piece(&header("q", 1, false), &vec![b'x'; PIECE + 1]),
    ] {
        let mut assembly = assembly();
        assembly.take(&piece(&header("other", 0, false), b"{"));
        assembly.take(&piece(&header("q", 0, false), b"{"));
        refused(assembly.take(&bad));
        let rest = assembly.take(&piece(&header("q", 3, true), b"}"));
        assert_eq!(rest, Taken::Ignored(true));
        let other = assembly.take(&piece(&header("other", 1, true), b"}"));
        assert_eq!(other, Taken::Whole("{}".to_owned()));
        let again = assembly.take(&piece(&header("q", 0, true), b"{}"));
        assert_eq!(
            again,
            Taken::Whole("{}".to_owned()),
            "the next one of that name"
        );
    }
}

#[test]
fn memory_of_refused_frames_is_bounded() {
    let mut assembly = assembly();
    for n in 0..10 * REFUSED {
        assembly.take(&piece(&header(&n.to_string(), 5, false), b"x"));
    }
    assert_eq!(assembly.refused.len(), REFUSED);
}

#[test]
fn a_frame_that_is_not_utf8_is_told_from_one_that_is() {
    let mut assembly = assembly();
    let taken = assembly.take(&piece(&header("q", 0, true), &[0xff, 0xfe]));
    assert_eq!(taken, Taken::NotText);
}

#[test]
fn a_long_id_does_not_make_a_long_header() {
    let frame = bus(&"i".repeat(10_000), 10);
    let mut assembly = assembly();
    let pieces = cut(&frame, 20_000);
    assert_eq!(
        assembly.take(&pieces[0]),
        Taken::Whole(frame.text.as_str().to_owned())
    );
}
