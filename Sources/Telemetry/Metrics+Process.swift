import Glibc

extension Metrics {
    /// Declares what Prometheus' own libraries tell of a process, by the names they use: memory, processor time,
    /// descriptors and start.
    public func declareProcess() {
        measured("process_resident_memory_bytes", "Memory of the process that is in use.") {
            ProcessUsage.residentBytes.map { [([], Double($0))] } ?? []
        }
        measured("process_cpu_seconds_total", "Processor time of the process, in seconds.", .counter) {
            [([], ProcessUsage.cpuSeconds)]
        }
        measured("process_open_fds", "Open descriptors of the process.") {
            ProcessUsage.openDescriptors.map { [([], Double($0))] } ?? []
        }
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let start = Double(now.tv_sec)
        measured("process_start_time_seconds", "When the process started, in seconds since 1970.") { [([], start)] }
    }
}
