/** The user that the service runs as. */
export const SERVICE_USER = "ssdaq";

/** Where the service keeps what it records, unless the configuration says otherwise. */
export const STATE_FOLDER = "/var/lib/ssdaq";

/**
 * The unit of systemd that runs the whole acquisition, with no more rights than it needs: its user's,
 * and CAP_NET_ADMIN, without which the kernel limits the receive buffer to net.core.rmem_max.
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
# A wrong configuration stays wrong; its line is in the journal. What may pass, such as an address that
# is not up yet, is no wrong configuration.
RestartPreventExitStatus=2
# The first start unpacks the program into the cache. ssdaq run asks for more time as long as it waits.
TimeoutStartSec=90s
# The daemon drains, then the recorders store what it still has, then it ends: ssdaq run itself ends
# what takes too long, within 9 minutes.
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

# Room for packets beyond net.core.rmem_max.
AmbientCapabilities=CAP_NET_ADMIN
CapabilityBoundingSet=CAP_NET_ADMIN
NoNewPrivileges=yes

# Recorders that write elsewhere need ReadWritePaths=/their/folder, in systemctl edit ssdaq.
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
