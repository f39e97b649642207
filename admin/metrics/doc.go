// Package metrics counts what the gateway does: for Prometheus, and for the page
// that an operator looks at first.
//
// A Collector hears the events of calls (it is a bridge.Observer) and the SIP
// messages (Message); what others count by themselves, such as the packets of the
// media, it reads through Views when it is asked. So nothing is done for it on the
// way of a packet. Run samples the gauges every second, for the last 60 seconds and
// the last 60 minutes of Overview; it owns the only goroutine. Handler serves all of
// it in the text format of Prometheus.
//
// Limits: no label is made from what comes from outside but for the names of trunks,
// which are the configuration's; methods and status codes that are not of a fixed
// list are one. The calls that are followed are those that the bridge has, and the
// bridge bounds them.
package metrics
