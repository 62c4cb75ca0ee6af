//! Bodies that are too long, too slow, too deep, or end too early.

use futures_util::future::join_all;

use super::*;

#[tokio::test]
async fn a_deeply_nested_body_harms_nobody() {
    let world = World::new().await;
    for (open, close) in [("[", "]"), (r#"{"next":"#, "}")] {
        let inside = if open == "[" { "" } else { "{}" };
        let body = open.repeat(1000) + inside + &close.repeat(1000);
        for path in ["/call/any.echo", "/call/list.echo", "/cmd"] {
            let answer = world.post(path, IS_JSON, &body).await;
            assert!(
                [200, 400, 422, 500].contains(&answer.status()),
                "{path}: {}",
                answer.head
            );
            assert_ne!(answer.status(), 200, "{path}");
        }
    }
    // The next one is served.
    let answer = world.post("/call/any.echo", IS_JSON, "[[1]]").await;
    assert_eq!(answer.body, "[[1]]\n");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_trickles_is_given_up() {
    let world = World::new().await;
    for every in [1, 10, 1000] {
        let mut stream = world.connect();
        let begun = Instant::now();
        let head = format!(
            "POST /call/any.echo HTTP/1.1\r\nhost: a\r\n{IS_JSON}content-length: 5000\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let (mut reader, mut writer) = tokio::io::split(stream);
        let trickle = tokio::spawn(async move {
            while writer.write_all(b"1").await.is_ok() {
                sleep(Duration::from_secs(every)).await;
            }
        });
        let mut text = String::new();
        reader.read_to_string(&mut text).await.unwrap();
        assert!(
            text.starts_with("HTTP/1.1 408 ") && text.contains(r#""code":"timeout""#),
            "{text}"
        );
        assert_eq!(begun.elapsed().as_secs(), 30, "a byte in {every} s");
        trickle.abort();
    }
    assert_eq!(world.ran(), 0);
}

#[tokio::test]
async fn a_body_that_breaks_off_runs_nothing() {
    let world = World::new().await;
    for (length, body) in [
        ("transfer-encoding: chunked", "5\r\n[1,"),
        ("transfer-encoding: chunked", "3\r\n[1]\r\n"),
        ("transfer-encoding: chunked", "zz\r\n[1]\r\n0\r\n\r\n"),
        ("transfer-encoding: chunked", "fffffffffffffffff\r\n"),
        ("content-length: 10", "[1]"),
    ] {
        for path in ["/call/any.echo", "/cmd"] {
            let head =
                format!("POST {path} HTTP/1.1\r\nhost: a\r\n{IS_JSON}{length}\r\n\r\n{body}");
            let answer = world.raw(head.as_bytes()).await;
            // Whoever has gone is not always answered.
            assert!(
                answer.head.is_empty() || answer.status() == 400,
                "{}",
                answer.head
            );
        }
    }
    let both = format!(
        "POST /call/any.echo HTTP/1.1\r\nhost: a\r\n{IS_JSON}content-length: 3\r\ncontent-length: 4\r\n\r\n[1]"
    );
    assert_eq!(world.raw(both.as_bytes()).await.status(), 400);
    assert_eq!(world.ran(), 0);
}

#[tokio::test(start_paused = true)]
async fn bodies_that_trickle_keep_nobody_else_out() {
    let world = World::new().await;
    let head = format!(
        "POST /call/any.echo HTTP/1.1\r\nhost: a\r\n{IS_JSON}content-length: 5000\r\n\r\n[1,"
    );
    let slow = (0..1000).map(async |_| {
        let mut stream = world.connect();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream
    });
    let slow = join_all(slow).await;
    sleep(Duration::from_secs(1)).await;
    let answer = world.post("/call/any.echo", IS_JSON, "[1]").await;
    assert_eq!((answer.status(), answer.body.as_str()), (200, "[1]\n"));
    for stream in slow {
        assert_eq!(rest(stream).await.problem(), (408, "timeout".to_owned()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_says_it_is_too_long_is_not_waited_for() {
    let world = World::new().await;
    let begun = Instant::now();
    let head = format!(
        "POST /call/any.echo HTTP/1.1\r\nhost: a\r\n{IS_JSON}expect: 100-continue\r\ncontent-length: 10001\r\n\r\n"
    );
    let mut stream = world.connect();
    stream.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(rest(stream).await.problem(), (413, "too_large".to_owned()));
    assert_eq!(begun.elapsed(), Duration::ZERO);
}
