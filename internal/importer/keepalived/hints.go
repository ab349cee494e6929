package keepalived

import (
	"maps"

	"github.com/aloft-ha/aloft/internal/importer"
)

// What is said about whole families of keywords.
var (
	announcing = hint{importer.Changed, "aloft announces at 0, 0.1, 1.1 and 2.2 s after a takeover, and again after a losing advert"}
	balancing  = hint{importer.Dropped, "aloft does not balance load: leave this to a proxy, or to keepalived with its VRRP part off (keepalived -C)"}
	mailing    = hint{importer.Dropped, "write notify: {any: [/usr/lib/aloft/notify-mail, ops@example.org]}, which sends a mail about each change"}
	bfd        = hint{importer.Dropped, "aloft speaks no BFD: let a script ask the daemon that does (bfdd, bird)"}
	changes    = hint{importer.Dropped, "aloft tells of changes of state only"}
	fifoReader = hint{importer.Dropped, "make a systemd unit of the program that reads the FIFO"}
	snmp       = hint{importer.Dropped, "aloft has no SNMP"}
	dbus       = hint{importer.Dropped, "aloft has no D-Bus interface"}
	firewall   = hint{importer.Dropped, "aloft touches no firewall and accepts connections to its addresses"}
	macvlan    = hint{importer.Dropped, "aloft uses the interface's own MAC address and announces each move"}
	realtime   = hint{importer.Dropped, "aloft sets neither its scheduling nor its CPUs: write them into its systemd unit (CPUSchedulingPolicy=, CPUAffinity=)"}
	buffers    = hint{importer.Dropped, "aloft sizes its buffers itself"}
	dumping    = hint{importer.Dropped, "aloft writes no dumps"}
	processes  = hint{importer.Dropped, "aloft is one process: write this into its systemd unit"}
	checking   = hint{importer.Dropped, "aloft checks its file whole, before a start and before a reload"}
	static     = hint{importer.Dropped, "what never moves belongs to the network configuration of the host"}
	routing    = hint{importer.Later, "aloft moves no routes: set the route or rule on all nodes, where that does no harm"}
	judging    = hint{importer.Dropped, "aloft follows RFC 9568 here, and has no switch for it"}
	peering    = hint{importer.Dropped, "aloft hears unicast adverts from the other nodes' addresses only"}
	aroundRun  = hint{importer.Dropped, "write it into the systemd unit of aloft: ExecStartPre=, ExecStopPost="}
	polling    = hint{importer.Dropped, "aloft is told by the kernel when a link goes down"}
	namespaces = hint{importer.Dropped, "run aloft in the network namespace: ip netns exec, or NetworkNamespacePath= in its systemd unit"}
	otherGroup = hint{importer.Dropped, "aloft and the standard use 224.0.0.18 and ff02::12: nodes on another group are not heard"}
)

// says gives all keywords one hint.
func says(h hint, keywords ...string) map[string]hint {
	m := make(map[string]hint)
	for _, k := range keywords {
		m[k] = h
	}
	return m
}

func union(all ...map[string]hint) map[string]hint {
	m := make(map[string]hint)
	for _, one := range all {
		maps.Copy(m, one)
	}
	return m
}

// eitherHints are of the keywords that keepalived takes outside of all blocks and in global_defs alike. They stand once,
// so that the answer does not depend on the place.
var eitherHints = union(
	says(polling, "linkbeat_use_polling"),
	says(namespaces, "net_namespace", "net_namespace_ipvs", "namespace_with_ipsets"),
	says(processes, "instance", "use_pid_dir", "child_wait_time"),
	says(checking, "include_check"),
	says(dumping, "tmp_config_directory", "config_save_dir"),
)

var topHints = union(
	eitherHints,
	says(balancing, "virtual_server", "virtual_server_group", "SSL", "checkers", "checker", "local_address_group"),
	says(bfd, "bfd_instance"),
	says(static, "static_ipaddress", "static_routes", "static_rules", "track_group"),
	says(announcing, "garp_group"),
	says(polling, "linkbeat_interfaces"),
)

var globalHints = union(
	eitherHints,
	says(mailing, "notification_email", "notification_email_from", "smtp_server", "smtp_helo_name", "smtp_connect_timeout",
		"smtp_alert", "smtp_alert_vrrp", "smtp_alert_checker", "no_email_faults", "no_checker_emails", "email_faults"),
	says(snmp, "snmp_socket", "enable_snmp_keepalived", "enable_snmp_vrrp", "enable_snmp_checker", "enable_snmp_rfc",
		"enable_snmp_rfcv2", "enable_snmp_rfcv3", "enable_traps", "snmp_vs_stats_update_interval", "snmp_rs_stats_update_interval"),
	says(dbus, "enable_dbus", "dbus_service_name", "dbus_no_interface_name"),
	says(firewall, "nftables", "nftables_priority", "nftables_counters", "nftables_ifindex", "nftables_ipvs",
		"nftables_ipvs_start_fwmark", "vrrp_iptables", "vrrp_ipsets", "iptables", "disable_local_igmp"),
	says(judging, "vrrp_lower_prio_no_advert", "vrrp_higher_prio_send_advert", "vrrp_owner_ignore_adverts",
		"vrrp_skip_check_adv_addr"),
	says(peering, "vrrp_check_unicast_src", "check_unicast_src"),
	says(macvlan, "vmac_prefix", "vmac_addr_prefix"),
	says(realtime, "max_auto_priority", "min_auto_priority_delay", "vrrp_priority", "vrrp_rt_priority", "vrrp_rlimit_rtime",
		"vrrp_rlimit_rttime", "vrrp_no_swap", "vrrp_cpu_affinity", "vrrp_process_name", "process_names", "process_name",
		"bfd_priority", "bfd_rt_priority", "bfd_rlimit_rttime", "bfd_rlimit_rtime", "bfd_no_swap", "bfd_cpu_affinity", "bfd_process_name"),
	says(balancing, "lvs_sync_daemon", "lvs_timeouts", "lvs_flush", "lvs_flush_onstop", "lvs_flush_on_stop", "lvs_id",
		"lvs_netlink_cmd_rcv_bufs", "lvs_netlink_cmd_rcv_bufs_force", "lvs_netlink_monitor_rcv_bufs",
		"lvs_netlink_monitor_rcv_bufs_force", "checker_priority", "checker_rt_priority", "checker_rlimit_rttime",
		"checker_rlimit_rtime", "checker_no_swap", "checker_cpu_affinity", "checker_process_name",
		"checker_log_all_failures", "rs_init_notifies", "lvs_notify_fifo", "lvs_notify_fifo_script", "lvs_process_name", "nftables_ipvs_priority"),
	says(buffers, "vrrp_netlink_cmd_rcv_bufs", "vrrp_netlink_cmd_rcv_bufs_force", "vrrp_netlink_monitor_rcv_bufs",
		"vrrp_netlink_monitor_rcv_bufs_force", "process_monitor_rcv_bufs", "process_monitor_rcv_bufs_force",
		"vrrp_rx_bufs_policy", "vrrp_rx_bufs_multiplier", "netlink_cmd_rcv_bufs", "netlink_monitor_rcv_bufs"),
	says(fifoReader, "notify_fifo_script", "vrrp_notify_fifo_script"),
	says(changes, "vrrp_notify_priority_changes", "fifo_write_vrrp_states_on_reload"),
	says(aroundRun, "startup_script", "startup_script_timeout", "shutdown_script", "shutdown_script_timeout"),
	says(hint{importer.Dropped, "aloft looks at each link on the way to a program, and at the program itself"}, "use_symlink_paths"),
	says(hint{importer.Dropped, "aloft's commands have all groups of their user"}, "set_supplementary_groups"),
	says(hint{importer.Dropped, "aloft waits for an interface that is not there, and uses it when it comes"}, "dynamic_interfaces"),
	says(hint{importer.Dropped, "aloft counts from its own start: use startup_delay"}, "vrrp_delay_after_boot"),
	says(hint{importer.Dropped, "aloft counts adverts for virtual routers that it does not have"}, "log_unknown_vrids"),
	says(checking, "reload_check_config", "reload_time_file", "reload_repeat", "reload_file"),
	says(dumping, "data_use_instance", "state_dump_file", "stats_dump_file", "json_dump_file", "json_version",
		"state_file_location", "stats_file_location", "json_file_location"),
	says(processes, "umask", "iproute_usr_dir", "iproute_etc_dir", "random_seed", "startup_shutdown_script"),
)

var instanceHints = union(
	says(bfd, "track_bfd"),
	says(changes, "notify_deleted", "notify_master_rx_lower_pri", "notify_priority_changes"),
	says(mailing, "smtp_alert"),
	says(routing, "virtual_routes", "virtual_rules"),
	says(macvlan, "use_vmac", "use_vmac_addr", "vmac_xmit_base", "use_ipvlan"),
	says(firewall, "no_accept"),
	says(judging, "lower_prio_no_advert", "higher_prio_send_advert", "owner_ignore_adverts", "skip_check_adv_addr"),
	says(peering, "check_unicast_src", "unicast_fault_no_peer"),
	says(buffers, "kernel_rx_buf_size"),
	says(polling, "linkbeat_use_polling"),
	says(hint{importer.Dropped, "the checksum that the peers use is found out by itself"}, "old_unicast_checksum"),
	says(hint{importer.Dropped, "unicast adverts leave with 255, which the peers' min_ttl may ask for"}, "unicast_ttl"),
	says(hint{importer.Dropped, "aloft always watches the router's own interface"}, "dont_track_primary"),
	says(hint{importer.Dropped, "aloft stands back whenever it woke too late"}, "timer_expired_backup", "thread_timer_expired"),
	says(otherGroup, "mcast_dst_ip"),
	says(hint{importer.Dropped, "name the VRF's member with interface"}, "vrf"),
	says(hint{importer.Dropped, "aloft is always in fault without its source address"}, "track_src_ip"),
	says(hint{importer.Dropped, "aloft sets it by itself where a release could take another address along"}, "promote_secondaries"),
	says(hint{importer.Dropped, "a router of aloft has addresses; use unicast and addresses that the cloud routes"}, "no_virtual_ipaddress"),
	says(hint{importer.Dropped, "keepalived has no use for it either"}, "debug"),
	says(balancing, "lvs_sync_daemon_interface", "lvs_sync_daemon_inteface"),
)

var groupHints = union(
	says(bfd, "track_bfd"),
	says(changes, "notify_deleted", "notify_priority_changes"),
	says(mailing, "smtp_alert"),
)
