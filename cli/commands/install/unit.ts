/** The user that the service runs as. */
export const SERVICE_USER = "ssdaq";

/** Where the service records; the configuration may name other folders. */
export const STATE_FOLDER = "/var/lib/ssdaq";

/**
 * The systemd unit that runs the whole acquisition. It has the rights of its user and CAP_NET_ADMIN.
 * Without CAP_NET_ADMIN, the kernel limits the receive buffer to net.core.rmem_max.
 *
 * @param executable path of ssdaq
 * @param configuration path of its configuration
 */
export function serviceUnit(executable: string, configuration: string): string {
  return `# Written by ssdaq install. Changes belong in: systemctl edit ssdaq
[Unit]
Description=ssdaq, acquisition of a camera's slow-signal data
Wants=network-online.target
After=network-online.target time-sync.target

[Service]
Type=notify
WatchdogSec=30s
ExecStart=${executable} run --config ${configuration}
Restart=always
RestartSec=2s
# No restart after a wrong configuration: the journal shows the line. Temporary failures, such as an
# address that is not up yet, have another exit code.
RestartPreventExitStatus=2
# The first start unpacks the program into the cache. While it waits, ssdaq run asks for more time.
TimeoutStartSec=90s
# The daemon drains, the recorders store its last events, then the daemon ends. ssdaq run ends a
# process that takes too long, and needs 9 minutes at most.
KillMode=mixed
TimeoutStopSec=10min

User=${SERVICE_USER}
StateDirectory=ssdaq
StateDirectoryMode=0755
WorkingDirectory=${STATE_FOLDER}
CacheDirectory=ssdaq
CacheDirectoryMode=0700
Environment=XDG_CACHE_HOME=/var/cache/ssdaq
UMask=0022
LimitNOFILE=65536

# Receive buffers above net.core.rmem_max.
AmbientCapabilities=CAP_NET_ADMIN
CapabilityBoundingSet=CAP_NET_ADMIN
NoNewPrivileges=yes

# For recorders that write to other folders: ReadWritePaths=/their/folder, in systemctl edit ssdaq.
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
LockPersonality=yes
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`;
}

/** The user of the service, for systemd-sysusers. */
export function serviceUser(): string {
  return `# Written by ssdaq install.
u ${SERVICE_USER} - "ssdaq data acquisition" ${STATE_FOLDER}
`;
}
