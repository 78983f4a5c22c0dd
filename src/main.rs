//! The program.

/// Hashing a password takes 19 MiB for a moment; the system's allocator keeps such memory for good, once per thread.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    yumna::app::cli::main()
}
