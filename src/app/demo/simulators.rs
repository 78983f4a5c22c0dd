//! The doubles of outside systems the demo runs, on ports that stay the same when the demo is started again.
use crate::{
    domain::{
        Ctx, Services,
        payments::accounts::{self, AccountInput},
        provisioning::{
            cluster_settings,
            clusters::{self, NewCluster},
        },
    },
    integrations::{
        drivers,
        gateways::{self, PaymentGateway},
        notifiers,
        sim::{Bench, FaultKind, Faults, RunningSimulator, Simulator},
    },
    kernel::{clock::OffsetClock, config::Config},
};
use secrecy::SecretString;
use std::{collections::BTreeMap, path::Path, sync::Arc};
use tokio_util::sync::CancellationToken;

/// The gateway whose account the configuration names.
const ENVIRONMENT_GATEWAY: &str = "midtrans";
/// Name of the demo's cluster in WHM.
const CLUSTER_NAME: &str = "Jakarta 1";
/// What the demo's cluster can sell: enough for a day of playing.
const CLUSTER_CPU_MILLI: i64 = 4_000_000;
const CLUSTER_MEMORY_MB: i64 = 4_000_000;

/// Everything that runs beside the product.
pub struct Simulators {
    running: Vec<RunningSimulator>,
    /// Faults switched on.
    pub faults: Arc<Faults>,
    stop: CancellationToken,
}

impl Simulators {
    /// Starts the doubles of every gateway and driver that has one.
    pub async fn start(dir: &Path, product_url: &str, clock: Arc<OffsetClock>) -> anyhow::Result<Self> {
        let faults = Arc::new(Faults::default());
        let stop = CancellationToken::new();
        let state_dir = dir.join("simulators");
        let mut ports = load_ports(&state_dir);
        let doubles: Vec<Box<dyn Simulator>> = gateways::registry()
            .iter()
            .filter_map(|gateway| gateway.simulator())
            .chain(drivers::registry().iter().filter_map(|driver| driver.simulator()))
            .chain([notifiers::simulator()])
            .collect();
        let mut running = Vec::new();
        for double in doubles {
            let bench = Bench {
                clock: clock.clone(),
                state_dir: Some(state_dir.clone()),
                faults: faults.clone(),
                product_url: product_url.to_owned(),
                port: ports.get(double.code()).copied().unwrap_or(0),
                stop: stop.clone(),
            };
            let simulator = start_one(&*double, bench).await?;
            let port = simulator.base_url.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or(0);
            ports.insert(simulator.code.to_owned(), port);
            running.push(simulator);
        }
        save_ports(&state_dir, &ports)?;
        Ok(Self { running, faults, stop })
    }

    /// Points the product at the doubles.
    pub fn configure(&self, config: &mut Config) {
        config.midtrans.server_key = self.setting("midtrans", "server_key").map(SecretString::from);
        config.midtrans.client_key = self.setting("midtrans", "client_key");
        config.midtrans.base_url = self.find("midtrans").map(|simulator| simulator.base_url.clone());
        config.mail.url = self.setting("mail", "url").map(SecretString::from);
        config.mail.from = "billing@demo.yumna.test".to_owned();
        config.mail.from_name = "Nusa Awan".to_owned();
    }

    /// Makes the product's rows for doubles that are not configured by file: accounts at gateways, and the cluster.
    pub async fn introduce(&self, services: &Arc<Services>) -> anyhow::Result<()> {
        for gateway in gateways::registry() {
            if gateway.code() != ENVIRONMENT_GATEWAY {
                self.introduce_gateway(services, &*gateway).await?;
            }
        }
        self.introduce_cluster(services).await
    }

    async fn introduce_gateway(&self, services: &Arc<Services>, gateway: &dyn PaymentGateway) -> anyhow::Result<()> {
        let Some(double) = self.find(gateway.code()) else { return Ok(()) };
        let ctx = Ctx::system(services.clone(), "demo", "demo");
        let known = accounts::list(&ctx).await?.into_iter().find(|row| row.gateway == gateway.code());
        let input = AccountInput {
            name: known.as_ref().map_or_else(|| gateway.describe().name.to_owned(), |row| row.name.clone()),
            is_enabled: known.as_ref().is_none_or(|row| row.is_enabled),
            is_default: known.as_ref().is_none_or(|row| row.is_default),
            position: None,
            // The double may have moved to another port.
            base_url: Some(double.base_url.clone()),
            values: double.settings.clone(),
        };
        match known {
            Some(row) if row.base_url == input.base_url => {}
            Some(row) => drop(accounts::update(&ctx, &row.id, |_| input).await?),
            None => drop(accounts::create(&ctx, gateway.code(), input).await?),
        }
        Ok(())
    }

    async fn introduce_cluster(&self, services: &Arc<Services>) -> anyhow::Result<()> {
        let Some(kubernetes) = self.find("kubernetes") else { return Ok(()) };
        let ctx = Ctx::system(services.clone(), "demo", "demo");
        let settings: BTreeMap<String, SecretString> =
            kubernetes.settings.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        let known = clusters::list(&ctx.db).await?.into_iter().find(|(cluster, _)| cluster.name == CLUSTER_NAME);
        let cluster = match known {
            // The double may have moved to another port.
            Some((cluster, _)) => cluster_settings::change(&ctx, &cluster.id, settings).await?,
            None => {
                let new = NewCluster {
                    name: CLUSTER_NAME.to_owned(),
                    driver: "kubernetes".to_owned(),
                    region: "id-jkt".to_owned(),
                    settings,
                    capacity_cpu_milli: CLUSTER_CPU_MILLI,
                    capacity_memory_mb: CLUSTER_MEMORY_MB,
                };
                clusters::add(&ctx, new).await?
            }
        };
        clusters::check(&ctx, &cluster.id).await?;
        Ok(())
    }

    /// The double called `code`.
    pub fn find(&self, code: &str) -> Option<&RunningSimulator> {
        self.running.iter().find(|simulator| simulator.code == code)
    }

    /// A setting under which the product reaches a double.
    pub fn setting(&self, code: &str, name: &str) -> Option<String> {
        self.find(code)?.settings.get(name).cloned()
    }

    /// Where each double listens.
    pub fn addresses(&self) -> BTreeMap<String, String> {
        self.running.iter().map(|simulator| (simulator.code.to_owned(), simulator.base_url.clone())).collect()
    }

    /// The faults that fit a double; `None` where there is no such double.
    pub fn fits(&self, code: &str) -> Option<&'static [FaultKind]> {
        self.find(code).map(|simulator| simulator.fits)
    }

    /// Catches up with product time.
    pub async fn tick(&self) {
        for simulator in &self.running {
            simulator.control.tick().await;
        }
    }

    /// How many reports to the product are due.
    pub async fn due_deliveries(&self) -> usize {
        let mut due = 0;
        for simulator in &self.running {
            due += simulator.control.due_deliveries().await;
        }
        due
    }

    /// Ends all of them.
    pub fn stop(&self) {
        self.stop.cancel();
    }
}

/// On the port of before; where something else took it meanwhile, on any.
async fn start_one(double: &dyn Simulator, bench: Bench) -> anyhow::Result<RunningSimulator> {
    match double.start(bench.clone()).await {
        Ok(running) => Ok(running),
        Err(error) if bench.port != 0 => {
            tracing::warn!(%error, code = double.code(), "The simulator's port is taken, it moves");
            double.start(Bench { port: 0, ..bench }).await
        }
        Err(error) => Err(error),
    }
}

fn load_ports(dir: &Path) -> BTreeMap<String, u16> {
    let text = std::fs::read_to_string(dir.join("ports.json")).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

fn save_ports(dir: &Path, ports: &BTreeMap<String, u16>) -> anyhow::Result<()> {
    let draft = dir.join("ports.json.new");
    std::fs::write(&draft, serde_json::to_vec(ports)?)?;
    std::fs::rename(&draft, dir.join("ports.json"))?;
    Ok(())
}
