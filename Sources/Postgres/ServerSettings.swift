import Glibc

/// The settings of a local cluster, in a file of its own that `postgresql.conf` includes.
struct ServerSettings {
    let socketFolder: String
    let durability: LocalCluster.Durability

    static let port = 5432

    var text: String {
        """
        # Written anew at every start; your own settings belong into postgresql.conf, below the line that includes this.
        # No TCP: the socket stands in a folder that only the server's owner can enter, and nobody else can connect.
        listen_addresses = ''
        port = \(Self.port)
        unix_socket_directories = '\(quotedFolder)'
        unix_socket_permissions = 0700
        max_connections = 200
        shared_buffers = \(sharedMegabytes)MB
        max_wal_size = 4GB
        wal_compression = on
        checkpoint_timeout = 15min
        logging_collector = off
        log_line_prefix = '%m [%p] %a '
        fsync = \(durability == .full ? "on" : "off")
        full_page_writes = \(durability == .full ? "on" : "off")

        """
    }

    /// A list of folders within a string: quoted for the one, then for the other.
    private var quotedFolder: String {
        ("\"" + socketFolder.replacing("\"", with: "\"\"") + "\"").replacing("'", with: "''")
    }

    /// An eighth of the memory: the machine also runs the workers, and decoded pictures are large.
    private var sharedMegabytes: Int {
        guard durability == .full else { return 128 }
        return min(512, max(128, sysconf(Int32(_SC_PHYS_PAGES)) / 8 * sysconf(Int32(_SC_PAGESIZE)) >> 20))
    }
}
