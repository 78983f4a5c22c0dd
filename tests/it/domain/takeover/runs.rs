//! Taking over twice, in halves, from several files and by several at the same time.
use super::*;
use chrono::Duration;
use entity::{
    ledger::wallet_transaction,
    platform::{audit_log, file},
    value::ImportStatus,
};
use sea_orm::PaginatorTrait;
use yumna::{
    domain::takeover::{AT_ONCE, Columns, Role, TakeOver, TakeoverError},
    jobs::platform,
    kernel::fault::Fault,
};

/// What must not be different: customers, users, contracts, movements of wallets, links.
async fn facts(world: &World) -> (u64, u64, u64, u64) {
    let db = &world.services.db;
    (
        customer::Entity::find().count(db).await.unwrap(),
        subscription::Entity::find().count(db).await.unwrap(),
        wallet_transaction::Entity::find().count(db).await.unwrap(),
        import_link::Entity::find().count(db).await.unwrap(),
    )
}

fn many(from: usize, to: usize) -> String {
    let rows = (from..to).map(|n| format!("{n},Nama {n},n{n}@pindah.test,{}\n", n * 1_000));
    format!("id,name,email,credit\n{}", rows.collect::<String>())
}

#[tokio::test]
async fn the_same_file_and_a_later_one_take_nothing_over_a_second_time() {
    let world = shop(PurchasePolicy::Multiple, 5).await;
    takes(&world, ImportKind::Customers, Options::default(), CLIENTS).await;
    takes(&world, ImportKind::Contracts, Options::default(), HOSTING).await;
    let before = facts(&world).await;

    for (kind, table) in [(ImportKind::Customers, CLIENTS), (ImportKind::Contracts, HOSTING)] {
        let again = takes(&world, kind, Options::default(), table).await;
        let verdicts: Vec<_> = came(&world, &again).await.into_iter().map(|row| row.1).collect();
        assert!(verdicts.iter().all(|verdict| matches!(verdict, ImportVerdict::Already | ImportVerdict::Faulty)));
    }
    assert_eq!(facts(&world).await, before);

    // Later the other system says something else, and knows one more.
    let later = CLIENTS.replace("Jl. Melati 1", "Jl. Anggrek 9").replace("150000.00", "99000.00")
        + "11,8a20,Fajar,,,fajar@pindah.test,,,,,,ID,,,x,1,0,,Active\n";
    let preview = looks(&world, ImportKind::Customers, Options::default(), &later).await;
    let budi = &told(&preview)[0];
    assert_eq!(
        (budi.1, budi.2.clone()),
        (ImportVerdict::Changed, vec!["balance changed".into(), "street_1 changed".into()])
    );
    takes(&world, ImportKind::Customers, Options::default(), &later).await;
    let kept = customer(&world, "7").await;
    assert_eq!(
        (kept.street_1.as_deref(), wallet(&world, &kept.id).await),
        (Some("Jl. Melati 1"), 150_000),
        "not overwritten"
    );
    assert_eq!(facts(&world).await.0, before.0 + 1);
    world.books_are_right().await;
}

#[tokio::test]
async fn a_take_over_that_dies_in_the_middle_goes_on_where_it_was() {
    let (whole, halves) = (shop(PurchasePolicy::Multiple, 5).await, shop(PurchasePolicy::Multiple, 5).await);
    takes(&whole, ImportKind::Customers, Options::default(), &many(0, 7)).await;

    let draft = sends(&halves, ImportKind::Customers, Options::default(), &many(0, 7)).await;
    let ctx = halves.staff("ana");
    begins(&ctx, &draft.id).await.unwrap();
    assert!(!takeover::run_some(&ctx, &draft.id, 3).await.unwrap());
    assert_eq!(import_row::Entity::find().count(&ctx.db).await.unwrap(), 3);
    // Killed at any instant of the fourth row: the future is dropped wherever it is.
    for pause in [0, 1, 3, 9, 20] {
        let cut = std::time::Duration::from_millis(pause);
        let _ = tokio::time::timeout(cut, takeover::run_some(&ctx, &draft.id, 1)).await;
    }
    takeover::go_on(&ctx, &draft.id).await.unwrap();
    halves.settle_down().await;
    takeover::go_on(&ctx, &draft.id).await.unwrap();
    halves.settle_down().await;

    let done = takeover::get(&ctx, &draft.id).await.unwrap();
    assert_eq!(done.status, ImportStatus::Done);
    assert_eq!(facts(&halves).await, facts(&whole).await);
    assert_eq!(wallet(&halves, &customer(&halves, "6").await.id).await, 6_000);
    halves.books_are_right().await;
}

#[tokio::test]
async fn two_at_the_same_time_take_each_row_over_once() {
    let world = shop(PurchasePolicy::Multiple, 5).await;
    let ctx = world.staff("ana");
    let first = sends(&world, ImportKind::Customers, Options::default(), &many(0, 8)).await;
    let second = sends(&world, ImportKind::Customers, Options::default(), &many(4, 12)).await;
    for draft in [&first, &second] {
        begins(&ctx, &draft.id).await.unwrap();
    }
    let run = |id: &entity::value::ImportId| {
        let (ctx, id) = (ctx.clone(), id.clone());
        tokio::spawn(async move { takeover::run_some(&ctx, &id, AT_ONCE).await.unwrap() })
    };
    let all = [run(&first.id), run(&first.id), run(&second.id), run(&second.id)];
    for one in all {
        assert!(one.await.unwrap());
    }
    world.settle_down().await;
    let (customers, _, movements, links) = facts(&world).await;
    assert_eq!((customers, movements, links), (12, 11, 12), "the first has no balance");
    let rows = came(&world, &first).await.len() + came(&world, &second).await.len();
    assert_eq!(rows, 16);
    world.books_are_right().await;
}

#[tokio::test]
async fn a_long_file_is_taken_over_by_several_runs_of_the_job() {
    let world = shop(PurchasePolicy::Multiple, 5).await;
    let done = takes(&world, ImportKind::Customers, Options::default(), &many(0, AT_ONCE + 3)).await;
    assert_eq!(done.status, ImportStatus::Done);
    let outcome = takeover::outcome(&world.system(), &done.id).await.unwrap();
    assert_eq!(outcome.done, AT_ONCE as u64 + 3);
    let page = yumna::kernel::page::PageRequest { after: None, limit: 200 };
    let rows = takeover::row_list(&world.system(), &done.id, None, &page).await.unwrap();
    assert_eq!(rows.rows.len(), 200);
    let next = yumna::kernel::page::PageRequest::parse(rows.next_cursor.as_deref(), Some(200)).unwrap();
    assert_eq!(takeover::row_list(&world.system(), &done.id, None, &next).await.unwrap().rows.len(), 3);
    // The job again, long after: nothing is left to do.
    let ctx = world.system();
    let tx = ctx.begin().await.unwrap();
    ctx.enqueue(&tx, &TakeOver { import_id: done.id.clone() }).await.unwrap();
    tx.commit().await.unwrap();
    world.advance(Duration::days(1));
    world.settle_down().await;
    assert_eq!(takeover::outcome(&ctx, &done.id).await.unwrap(), outcome);
}

#[tokio::test]
async fn faulty_rows_come_back_as_they_were_sent_to_be_repaired() {
    let world = shop(PurchasePolicy::Multiple, 5).await;
    let ctx = world.staff("ana");
    let draft = sends(&world, ImportKind::Customers, Options::default(), CLIENTS).await;
    let (headings, rows) = takeover::faulty(&ctx, &draft.id).await.unwrap();
    assert_eq!((headings[0].as_str(), rows.len(), rows[0].0[0].as_str()), ("id", 1, "9"));
    begins(&ctx, &draft.id).await.unwrap();
    world.settle_down().await;
    assert_eq!(takeover::faulty(&ctx, &draft.id).await.unwrap(), (headings.clone(), rows.clone()));

    let mut cells = rows[0].0.clone();
    for (heading, right) in [("email", "doni@pindah.test"), ("postcode", "55281"), ("tax_id", ""), ("credit", "0")] {
        let at = headings.iter().position(|known| known == heading).unwrap();
        cells[at] = right.to_owned();
    }
    let repaired = format!("{};why\n{};\n", headings.join(";"), cells.join(";"));
    let again = takes(&world, ImportKind::Customers, Options::default(), &repaired).await;
    assert_eq!(came(&world, &again).await, [("9".to_owned(), ImportVerdict::New, true)]);
    assert_eq!(customer(&world, "9").await.name, "Doni");
}

/// Columns by role.
fn columns(pairs: &[(Role, &str)]) -> Columns {
    Columns(pairs.iter().map(|(role, heading)| (*role, (*heading).to_owned())).collect())
}

#[tokio::test]
async fn what_is_begun_is_what_was_looked_at() {
    let world = shop(PurchasePolicy::Multiple, 5).await;
    let (ana, budi) = (world.staff("ana"), world.staff("budi"));
    let draft = sends(&world, ImportKind::Customers, Options::default(), &many(0, 3)).await;
    let seen = async || takeover::preview(&ana, &draft.id).await.unwrap().fingerprint;
    let begun = async || takeover::get(&ana, &draft.id).await.unwrap().status != ImportStatus::Draft;
    let first = seen().await;
    assert_eq!(seen().await, first, "looking changes nothing");

    // Budi decides otherwise while Ana looks at her screen.
    let guessed = takeover::preview(&ana, &draft.id).await.unwrap().columns;
    let invite = Options { invite: true, ..Options::default() };
    takeover::remap(&budi, &draft.id, guessed.clone(), invite).await.unwrap();
    assert!(matches!(takeover::start(&ana, &draft.id, &first).await, Err(TakeoverError::Changed)));
    let second = seen().await;
    let without_balance = columns(&[(Role::Key, "id"), (Role::Name, "name"), (Role::Email, "email")]);
    takeover::remap(&budi, &draft.id, without_balance.clone(), invite).await.unwrap();
    for stale in [first.as_str(), second.as_str(), "", "0"] {
        let refused = takeover::start(&ana, &draft.id, stale).await.unwrap_err();
        assert_eq!(refused.code(), "IMPORT_CHANGED", "{stale}");
    }
    assert!(!begun().await && came(&world, &draft).await.is_empty());

    let last = seen().await;
    takeover::start(&ana, &draft.id, &last).await.unwrap();
    takeover::start(&ana, &draft.id, &last).await.unwrap();
    // Whoever looked at something else learns that this is not what was begun.
    assert_eq!(takeover::start(&budi, &draft.id, &first).await.unwrap_err().code(), "IMPORT_CHANGED");
    world.settle_down().await;
    assert_eq!(wallet(&world, &customer(&world, "2").await.id).await, 0, "as the columns said that were looked at");
    let told = audit_log::Entity::find().filter(audit_log::Column::Action.eq("takeover.import.start"));
    let told = told.all(&world.services.db).await.unwrap();
    let after = told[0].after.clone().unwrap();
    assert_eq!((told.len(), &after["options"]["invite"]), (1, &serde_json::json!(true)));
    assert_eq!(after["columns"], serde_json::json!(without_balance));
}

#[tokio::test]
async fn another_file_is_another_thing_to_look_at() {
    let world = shop(PurchasePolicy::Multiple, 5).await;
    let ctx = world.staff("ana");
    let one = sends(&world, ImportKind::Customers, Options::default(), &many(0, 3)).await;
    let other = sends(&world, ImportKind::Customers, Options::default(), &many(0, 4)).await;
    let seen = takeover::preview(&ctx, &one.id).await.unwrap().fingerprint;
    assert_eq!(takeover::start(&ctx, &other.id, &seen).await.unwrap_err().code(), "IMPORT_CHANGED");
    takeover::discard(&ctx, &one.id).await.unwrap();
    assert_eq!(takeover::start(&ctx, &one.id, &seen).await.unwrap_err().code(), "IMPORT_OVER");
}

#[tokio::test]
async fn looking_at_a_file_keeps_nothing_and_leaves_a_draft_of_it_alone() {
    let world = shop(PurchasePolicy::Multiple, 5).await;
    let table = many(0, 3);
    let look = async |options: Options| {
        let (kind, body) = (ImportKind::Customers, table.as_bytes());
        takeover::look(&world.system(), kind, "whmcs", options, body).await.unwrap()
    };
    let before = world.row_counts().await;
    assert_eq!(look(Options::default()).await.totals.taken(), 3);
    assert_eq!(world.row_counts().await, before);

    let draft = sends(&world, ImportKind::Customers, Options::default(), &table).await;
    let seen = takeover::preview(&world.staff("ana"), &draft.id).await.unwrap();
    let alike = look(Options::default()).await;
    assert_eq!((alike.fingerprint, alike.totals), (seen.fingerprint.clone(), seen.totals));
    let invite = Options { invite: true, ..Options::default() };
    assert_ne!(look(invite).await.fingerprint, seen.fingerprint);
    let kept = takeover::get(&world.system(), &draft.id).await.unwrap();
    assert_eq!((kept.status, kept.columns, kept.options), (ImportStatus::Draft, draft.columns, draft.options));
}

#[tokio::test]
async fn the_next_file_is_read_as_the_last_one_and_what_is_new_in_it_is_guessed() {
    let world = shop(PurchasePolicy::Multiple, 5).await;
    let ctx = world.staff("ana");
    let table = "nomor,panggilan,surel,saldo\n1,Gita,gita@pindah.test,5000\n";
    let draft = sends(&world, ImportKind::Customers, Options::default(), table).await;
    // Its balance is left out on purpose.
    let said = [(Role::Key, "nomor"), (Role::Name, "panggilan"), (Role::Email, "surel")];
    takeover::remap(&ctx, &draft.id, columns(&said), Options::default()).await.unwrap();
    begins(&ctx, &draft.id).await.unwrap();
    world.settle_down().await;

    let next = "nomor,panggilan,surel,saldo,telepon\n2,Hadi,hadi@pindah.test,5000,0812\n";
    let preview = looks(&world, ImportKind::Customers, Options::default(), next).await;
    let expected = [said.as_slice(), &[(Role::Phone, "telepon")]].concat();
    assert_eq!(preview.columns, columns(&expected));
    // Where a column of before is missing, all are guessed.
    let other = "id,name,email,telepon\n2,Hadi,hadi@pindah.test,0812\n";
    let preview = looks(&world, ImportKind::Customers, Options::default(), other).await;
    let guessed = [(Role::Key, "id"), (Role::Name, "name"), (Role::Email, "email"), (Role::Phone, "telepon")];
    assert_eq!(preview.columns, columns(&guessed));
}

#[tokio::test]
async fn the_content_of_a_file_is_kept_as_long_as_it_is_of_use_and_what_became_of_its_rows_for_good() {
    let world = shop(PurchasePolicy::Multiple, 5).await;
    let ctx = world.staff("ana");
    let size = async |import: &import::Model| {
        let kept = file::Entity::find_by_id(import.file_id.clone()).one(&world.services.db).await.unwrap();
        kept.unwrap().body.len()
    };
    let clean_up = async || platform::clean_up(world.system(), platform::CleanUp {}).await.unwrap();

    let away = sends(&world, ImportKind::Customers, Options::default(), &many(0, 3)).await;
    assert!(size(&away).await > 0);
    takeover::discard(&ctx, &away.id).await.unwrap();
    assert_eq!(size(&away).await, 0, "it is gone with its draft");

    let done = takes(&world, ImportKind::Customers, Options::default(), CLIENTS).await;
    let (rows, outcome) = (came(&world, &done).await, takeover::outcome(&ctx, &done.id).await.unwrap());
    let waiting = sends(&world, ImportKind::Customers, Options::default(), &many(0, 3)).await;
    assert_ne!(waiting.id, away.id, "what was put away can be sent in again");
    world.advance(Duration::days(29));
    clean_up().await;
    assert!(size(&waiting).await > 0, "somebody may still begin it");
    world.advance(Duration::days(2));
    clean_up().await;
    clean_up().await;
    let put_away = takeover::get(&ctx, &waiting.id).await.unwrap();
    assert_eq!((size(&waiting).await, put_away.status), (0, ImportStatus::Discarded), "people's data do not lie about");
    assert!(put_away.file_key.is_none() && put_away.emptied_at.is_some());
    let trail = audit_log::Entity::find()
        .filter(audit_log::Column::Action.eq("takeover.import.discard"))
        .filter(audit_log::Column::TargetId.eq(waiting.id.as_str()));
    assert_eq!(trail.count(&world.services.db).await.unwrap(), 1);
    world.advance(Duration::days(58));
    clean_up().await;
    assert_eq!(takeover::faulty(&ctx, &done.id).await.unwrap().1.len(), 1, "it can still be repaired");

    world.advance(Duration::days(2));
    clean_up().await;
    clean_up().await;
    assert_eq!(size(&done).await, 0);
    assert!(takeover::get(&ctx, &done.id).await.unwrap().emptied_at.is_some());
    assert!(matches!(takeover::faulty(&ctx, &done.id).await, Err(TakeoverError::NotFound)));
    assert_eq!(came(&world, &done).await, rows);
    assert_eq!(takeover::outcome(&ctx, &done.id).await.unwrap(), outcome);
    // The same file again is judged as ever.
    let again = looks(&world, ImportKind::Customers, Options::default(), CLIENTS).await;
    assert_eq!(told(&again)[0].1, ImportVerdict::Already);
}
