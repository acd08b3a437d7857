#!/bin/sh
# Debian's busybox-static crashes in its resolver on any answer from a DNS server, so the name is looked up beforehand.
for each; do case $each in http://* | https://*) url=$each ;; esac; done
rest=${url#*://}
authority=${rest%%/*}
host=${authority%%:*}
case $host in
  '' | *[!0-9.]*) ;;
  *) exec busybox wget "$@" ;;
esac
address=$(awk -v host="$host" '!/^#/ { for (i = 2; i <= NF; i++) if ($i == host && $1 !~ /:/) { print $1; exit } }' /etc/hosts)
# Names of fewer dots than the Pod's ndots are looked up below each search domain first.
for domain in $(awk '$1 == "search" { for (i = 2; i <= NF; i++) print "." $i }' /etc/resolv.conf) ''; do
  [ -n "$address" ] && break
  address=$(busybox nslookup -type=a "$host$domain" 2>/dev/null | awk '/^Name:/ { found = 1 } found && /^Address/ { print $2; exit }')
done
if [ -z "$address" ]; then
  echo "wget: bad address '$host'" >&2
  exit 1
fi
for each; do
  shift
  [ "$each" = "$url" ] && each="${url%%://*}://$address${rest#"$host"}"
  set -- "$@" "$each"
done
exec busybox wget --header "Host: $authority" "$@"
