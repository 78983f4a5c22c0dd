//! Every template that comes with the program, on the simulated cluster until it runs.
use super::*;
use futures_util::future::join_all;
use yumna::integrations::drivers::service_template::SHIPPED;

#[tokio::test(flavor = "multi_thread")]
async fn every_template_that_comes_along_is_made_and_runs() {
    let cloud = Cloud::open().await;
    // A real cluster would load fifteen images first; the three of the shop are tried there.
    if cloud.simulator.is_none() {
        return;
    }
    let order = |source: &str| InstanceSpec {
        resources: Resources { cpu_milli: 2000, memory_mb: 4096, storage_gb: 20 },
        ..cloud.order(source)
    };
    let specs: Vec<InstanceSpec> = SHIPPED.iter().map(|shipped| order(shipped.source)).collect();

    join_all(specs.iter().map(|spec| cloud.does(spec, Verb::Create))).await;

    for (shipped, spec) in SHIPPED.iter().zip(&specs) {
        assert!(cloud.runs(spec).await, "{}: {:?}", shipped.file, cloud.observes(spec).await);
        let objects = cloud.objects_of(spec).await;
        let is_open = objects.iter().any(|object| object.starts_with("Ingress"));
        assert_eq!(is_open, spec.template.is_on_the_web(), "{}: {objects:?}", shipped.file);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_address_stops_starts_and_leaves_nothing() {
    let cloud = Cloud::open().await;
    let source = SHIPPED.iter().find(|shipped| shipped.file.ends_with("/valkey.toml")).unwrap().source;
    let spec = cloud.order(source);
    cloud.does(&spec, Verb::Create).await;

    cloud.does(&spec, Verb::Stop).await;
    assert!(matches!(cloud.observes(&spec).await, Observed::Present { is_started: false, .. }));
    cloud.does(&spec, Verb::Start).await;
    assert!(cloud.runs(&spec).await, "{:?}", cloud.observes(&spec).await);

    cloud.does(&spec, Verb::Terminate).await;
    assert_eq!(cloud.observes(&spec).await, Observed::Absent);
}
