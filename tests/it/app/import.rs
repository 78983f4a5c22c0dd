//! `yumna import` beside people who take over in WHM: nothing is kept of a dry run, and their drafts are left to them.
use super::wrong_input::{file, yumna};
use entity::value::{ImportKind, ImportStatus, UserId};
use std::{path::Path, sync::Arc};
use yumna::{
    app::services,
    domain::{
        Ctx,
        takeover::{self, Options},
    },
    kernel::{actor::Actor, clock::SystemClock, config::Config},
};

const TABLE: &str = "id,name,email\n1,Gita,gita@pindah.test\n2,Salah,no-address\n";

/// Lets a member of staff act on the database in `folder`.
fn in_whm<T>(folder: &Path, act: impl AsyncFnOnce(&Ctx) -> T) -> T {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut config = Config::default();
        config.data.dir = folder.join("data");
        let services = services::build(config, Arc::new(SystemClock), false).await.unwrap();
        let actor = Actor::Staff { user_id: UserId("usr_ana".to_owned()) };
        let ctx = Ctx { actor, ..Ctx::system(services.clone(), "test", "test") };
        let found = act(&ctx).await;
        services.db.clone().close().await.unwrap();
        found
    })
}

#[test]
fn the_command_keeps_nothing_of_a_dry_run_and_leaves_the_drafts_of_staff_alone() {
    let (folder, path) = file("");
    assert_eq!(yumna(&["migrate", "--config", &path], &[]).status.code(), Some(0));
    let table = folder.path().join("clients.csv");
    std::fs::write(&table, TABLE).unwrap();
    let table = table.display().to_string();
    let import = |more: &[&str]| {
        let command = ["import", "customers", &table, "--source", "whmcs", "--config", &path];
        let output = yumna(&[command.as_slice(), more].concat(), &[]);
        let (said, told) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        (output.status.code(), said, told)
    };
    let page = yumna::kernel::page::PageRequest::default();

    let (code, said, told) = import(&["--dry-run"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(said.contains("new: 1") && said.contains("faulty: 1"), "{said}");
    let kept = in_whm(folder.path(), async |ctx| takeover::list(ctx, &page).await.unwrap().rows);
    assert!(kept.is_empty(), "{kept:?}");

    // Ana looks at the same file, and means to invite people.
    let invite = Options { invite: true, ..Options::default() };
    let draft = in_whm(folder.path(), async |ctx| {
        let sent = takeover::send_in(ctx, ImportKind::Customers, "whmcs", Options::default(), TABLE.into()).await;
        let draft = sent.unwrap();
        let columns = takeover::preview(ctx, &draft.id).await.unwrap().columns;
        takeover::remap(ctx, &draft.id, columns, invite).await.unwrap()
    });
    assert_eq!(import(&["--dry-run"]).0, Some(0));
    let (code, _, told) = import(&[]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("draft") && told.contains(draft.id.as_str()), "{told}");

    let left = in_whm(folder.path(), async |ctx| takeover::get(ctx, &draft.id).await.unwrap());
    assert_eq!((left.status, left.columns, left.options), (ImportStatus::Draft, draft.columns, draft.options));
}
