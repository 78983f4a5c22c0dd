//! What goes wrong with an instance, as the cluster tells it in pods and events: in our words, counted, newest first.
use super::*;
use yumna::integrations::drivers::Trouble;

impl Cloud {
    /// Everything up to the question whether it answers.
    async fn begins(&self, spec: &InstanceSpec) {
        for phase in ["namespace", "policies", "secrets", "volume", "companions", "workload"] {
            self.phase(spec, Verb::Create, phase).await.unwrap();
        }
    }

    /// The trouble of this code, once it was told `times` times; what is told must be in order.
    async fn hears(&self, spec: &InstanceSpec, code: &str, times: i64) -> Trouble {
        let begun = Instant::now();
        loop {
            let told = self.driver.troubles(&self.target, spec).await.unwrap();
            assert!(told.is_sorted_by(|newer, older| newer.last_at >= older.last_at), "newest first: {told:?}");
            let mut words: Vec<_> = told.iter().map(|trouble| (&trouble.code, &trouble.word)).collect();
            words.sort();
            words.dedup();
            assert_eq!(words.len(), told.len(), "the same thing is told once: {told:?}");
            if let Some(found) = told.iter().find(|trouble| trouble.code == code && trouble.times >= times) {
                return found.clone();
            }
            assert!(begun.elapsed() < self.patience(), "{code} was never told: {told:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn crashes_and_kills_for_memory_are_told_and_counted() {
    let cloud = Cloud::open().await;
    if cloud.simulator.is_none() {
        return;
    }
    let crashing = cloud.order(N8N);
    cloud.act("crash", json!({ "instance": crashing.instance_id })).await;
    cloud.begins(&crashing).await;
    let crash = cloud.hears(&crashing, "crash_loop", 2).await;
    assert!(["BackOff", "Error"].contains(&crash.word.as_str()), "{crash:?}");
    assert!(crash.about.starts_with(&format!("Pod {}-", crashing.name)), "{crash:?}");
    assert!(crash.first_at <= crash.last_at && crash.last_at <= SystemClock.now(), "{crash:?}");

    let hungry = cloud.order(N8N);
    cloud.act("crash", json!({ "instance": hungry.instance_id, "reason": "OOMKilled" })).await;
    cloud.begins(&hungry).await;
    let killed = cloud.hears(&hungry, "out_of_memory", 1).await;
    assert_eq!((killed.word.as_str(), killed.detail.contains("exit 137")), ("OOMKilled", true), "{killed:?}");

    cloud.act("heal", json!({})).await;
    cloud.does(&crashing, Verb::Terminate).await;
    cloud.does(&hungry, Verb::Terminate).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn images_and_disks_that_do_not_come_are_told_with_the_words_of_the_cluster() {
    let cloud = Cloud::open().await;
    if cloud.simulator.is_none() {
        return;
    }
    let without_image = cloud.order(N8N);
    cloud.act("image_pull_error", json!({ "instance": without_image.instance_id })).await;
    cloud.begins(&without_image).await;
    let pull = cloud.hears(&without_image, "image_pull", 2).await;
    assert_eq!(pull.word, "Failed", "{pull:?}");

    let unattached = cloud.order(N8N);
    cloud.act("mount_error", json!({ "instance": unattached.instance_id })).await;
    cloud.begins(&unattached).await;
    assert_eq!(cloud.complains(&unattached, Verb::Create, "health", "volume_attach").await, "waiting");
    let attach = cloud.hears(&unattached, "volume_attach", 2).await;
    assert!(["FailedAttachVolume", "FailedMount"].contains(&attach.word.as_str()), "{attach:?}");
    let Observed::Present { reason, .. } = cloud.observes(&unattached).await else { panic!("it is there") };
    assert_eq!(reason.unwrap().code, "volume_attach", "who looks at it hears the same");

    cloud.act("pending_volume", json!({ "on": true })).await;
    let without_disk = cloud.order(N8N);
    cloud.begins(&without_disk).await;
    let disk = cloud.hears(&without_disk, "volume_pending", 2).await;
    assert!(["ProvisioningFailed", "FailedScheduling"].contains(&disk.word.as_str()), "{disk:?}");

    cloud.act("heal", json!({})).await;
    for spec in [&without_image, &unattached, &without_disk] {
        cloud.does(spec, Verb::Create).await;
        assert!(cloud.runs(spec).await, "what was told is over: {:?}", cloud.observes(spec).await);
        cloud.does(spec, Verb::Terminate).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_room_is_told_as_no_room_though_the_disk_waits_for_the_machine_too() {
    let cloud = Cloud::open().await;
    if cloud.simulator.is_none() {
        return;
    }
    let spec = cloud.order(N8N);
    cloud.act("no_room", json!({ "on": true })).await;
    cloud.begins(&spec).await;

    assert_eq!(cloud.complains(&spec, Verb::Create, "health", "no_room").await, "waiting");
    let room = cloud.hears(&spec, "no_room", 2).await;

    assert_eq!(room.word, "FailedScheduling");
    assert!(room.detail.contains("Insufficient memory"), "{room:?}");
    cloud.act("no_room", json!({ "on": false })).await;
    cloud.does(&spec, Verb::Create).await;
    cloud.does(&spec, Verb::Terminate).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_runs_and_does_not_answer_is_told_and_its_neighbour_is_not_blamed() {
    let cloud = Cloud::open().await;
    if cloud.simulator.is_none() {
        return;
    }
    let customer = CustomerId::generate().0;
    let (deaf, well) = (cloud.order_for(N8N, &customer), cloud.order_for(N8N, &customer));
    cloud.does(&deaf, Verb::Create).await;
    cloud.does(&well, Verb::Create).await;

    cloud.act("unready", json!({ "instance": deaf.instance_id })).await;
    let told = cloud.hears(&deaf, "not_answering", 2).await;

    assert_eq!(told.word, "Unhealthy");
    assert!(told.detail.contains("probe failed"), "{told:?}");
    let of_well = cloud.driver.troubles(&cloud.target, &well).await.unwrap();
    assert!(!of_well.iter().any(|trouble| trouble.code == "not_answering"), "{of_well:?}");
    cloud.does(&deaf, Verb::Terminate).await;
    cloud.does(&well, Verb::Terminate).await;
}
