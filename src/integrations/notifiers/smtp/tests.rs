//! The real client against the mail server on loopback.
use super::super::{Enclosure, Letter, Notifier, from_config, simulator};
use crate::{
    integrations::{
        notifiers::DeliveryError,
        sim::{Bench, Fault, FaultKind, RunningSimulator},
    },
    kernel::{clock::SystemClock, config::Mail},
};
use serde_json::json;
use std::{path::PathBuf, sync::Arc};
use tokio_util::sync::CancellationToken;

struct Setup {
    bench: Bench,
    server: RunningSimulator,
    mailer: Arc<dyn Notifier>,
}

async fn setup(state_dir: Option<PathBuf>) -> Setup {
    let bench = Bench {
        clock: Arc::new(SystemClock),
        state_dir,
        faults: Arc::default(),
        product_url: String::new(),
        port: 0,
        stop: CancellationToken::new(),
    };
    let server = simulator().start(bench.clone()).await.unwrap();
    let url = server.settings["url"].clone();
    let mail = Mail { url: Some(url.into()), from: "no-reply@yumna.test".into(), ..Mail::default() };
    Setup { bench, server, mailer: from_config(&mail).unwrap().unwrap() }
}

fn letter(to: &str) -> Letter {
    Letter {
        id: "msg_1".into(),
        to: to.into(),
        to_name: "Siti «Nur» Ḥalīma".into(),
        subject: "Verifikasi — langkah terakhir untuk akun Anda yang panjang sekali namanya, ya".into(),
        text: "Halo,\n.titik di depan\n\nhttps://a.test/verify?token=a_b-c=1\n\nhttps://b.test/é\n".into(),
        html: "<p>Halo &amp; selamat</p>".into(),
        attachment: None,
    }
}

async fn arrived(server: &RunningSimulator, to: &str) -> Vec<serde_json::Value> {
    let answer = server.control.act("mails", json!({"to": to})).await.unwrap();
    answer["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_mail_arrives_whole_and_survives_a_restart_of_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let setup = setup(Some(folder.path().to_path_buf())).await;
    setup.mailer.check().await.unwrap();

    setup.mailer.deliver(&letter("siti@example.test")).await.unwrap();
    setup.mailer.deliver(&Letter { id: "msg_2".into(), ..letter("siti@example.test") }).await.unwrap();

    let expected = letter("");
    for server in [setup.server, self::setup(Some(folder.path().to_path_buf())).await.server] {
        let mails = arrived(&server, "Siti@example.test").await;
        assert_eq!(mails.iter().map(|mail| mail["id"].as_str().unwrap()).collect::<Vec<_>>(), ["msg_2", "msg_1"]);
        assert_eq!(mails[0]["subject"], json!(expected.subject));
        assert_eq!(mails[0]["text"].as_str().unwrap().trim_end(), expected.text.trim_end());
        assert_eq!(mails[0]["html"].as_str().unwrap().trim_end(), expected.html);
        assert_eq!(mails[0]["links"], json!(["https://a.test/verify?token=a_b-c=1", "https://b.test/é"]));
        assert!(arrived(&server, "other@example.test").await.is_empty());
    }
    setup.bench.stop.cancel();
}

#[tokio::test]
async fn a_file_goes_with_a_mail_and_arrives_as_it_was() {
    let setup = setup(None).await;
    let body = "\u{feff}Bulan;Terbit\r\n2026-11;\"'=1\"\r\n";
    let file = Enclosure {
        name: "revenue-2026-11-01-2026-11-30.csv".into(),
        content_type: "text/csv; charset=utf-8".into(),
        body: body.into(),
    };
    setup.mailer.deliver(&Letter { attachment: Some(file), ..letter("siti@example.test") }).await.unwrap();

    let mails = arrived(&setup.server, "siti@example.test").await;
    assert_eq!(mails[0]["text"].as_str().unwrap().trim_end(), letter("").text.trim_end(), "the words are whole");
    assert_eq!(mails[0]["html"].as_str().unwrap().trim_end(), letter("").html);
    let file = &mails[0]["attachments"][0];
    assert_eq!((&file["name"], &file["text"]), (&json!("revenue-2026-11-01-2026-11-30.csv"), &json!(body)));
    setup.bench.stop.cancel();
}

#[tokio::test]
async fn refused_deferred_and_broken_deliveries_are_told_apart() {
    let setup = setup(None).await;
    let fault =
        |kind| Fault { target: "mail".into(), kind, times: 1, delay_ms: Some(10), path_contains: Some("siti@".into()) };

    for (kind, is_refused, has_arrived) in [
        (FaultKind::Status500, true, false),
        (FaultKind::Status429, false, false),
        (FaultKind::DropConnection, false, false),
        (FaultKind::TimeoutAfterEffect, false, true),
    ] {
        setup.bench.faults.add(fault(kind));
        let before = arrived(&setup.server, "siti@example.test").await.len();
        let error = setup.mailer.deliver(&letter("siti@example.test")).await.unwrap_err();
        assert_eq!(matches!(error, DeliveryError::Refused(_)), is_refused, "{kind:?}: {error}");
        let now = arrived(&setup.server, "siti@example.test").await.len();
        assert_eq!(now - before, usize::from(has_arrived), "{kind:?}");
    }
    setup.bench.faults.add(fault(FaultKind::Delay));
    setup.mailer.deliver(&letter("siti@example.test")).await.unwrap();
    setup.bench.stop.cancel();
    assert!(setup.bench.faults.list().is_empty());
}

#[tokio::test]
async fn a_server_that_is_not_there_defers_and_a_wrong_address_is_a_mistake_of_the_configuration() {
    let mail = |url: &str| Mail { url: Some(url.to_owned().into()), ..Mail::default() };
    let nobody = from_config(&mail("smtp://127.0.0.1:1")).unwrap().unwrap();
    assert!(matches!(nobody.deliver(&letter("a@example.test")).await, Err(DeliveryError::Deferred { .. })));
    assert!(nobody.check().await.is_err());
    assert!(matches!(nobody.deliver(&letter("no address")).await, Err(DeliveryError::Refused(_))));

    let wrong = from_config(&mail("ftp://user:secret@host")).err().unwrap();
    assert!(!wrong.0.contains("secret"));
    assert!(from_config(&Mail { from: "nobody".into(), ..mail("smtp://127.0.0.1:1") }).is_err());
    assert!(from_config(&Mail::default()).unwrap().is_none());
}
