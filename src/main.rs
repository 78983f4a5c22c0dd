//! The program.
fn main() -> std::process::ExitCode {
    yumna::app::cli::main()
}
