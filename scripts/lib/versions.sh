# shellcheck shell=bash
# Sourced by install: the versions of edge-agent on this device, one of which is current.
#
#   /opt/edge-agent/versions/VERSION-STAMP/   a virtual environment; share/ has what the system reads of it
#   /opt/edge-agent/current                   a link to one of them: it alone decides what runs
#   /usr/local/lib/systemd/system/...         copies of current/share (systemctl enable would resolve links, and
#                                             keep to the version of that day)
#
# Whatever is cut off in the middle, `current` leads to a whole version: a folder counts once it has the file
# `complete`, which is written last, and the link is replaced by renaming another over it.

home=/opt/edge-agent
versions=$home/versions
lib=/usr/local/lib
command=/usr/local/bin/edge-agent

current_version() { # the folder's name; empty: none
  [ ! -L $home/current ] || basename "$(readlink $home/current)"
}

# The newest whole version beside the current one; empty: none.
other_version() {
  local current
  current=$(current_version)
  find $versions -mindepth 2 -maxdepth 2 -name complete -printf '%T@ %h\n' 2>/dev/null | sort -rn |
    while read -r _ folder; do basename "$folder"; done | grep -vxF -- "$current" | head -n 1 || true
}

use_version() { # NAME
  sync -f $home
  ln -sfn "versions/$1" $home/current.new
  mv -fT $home/current.new $home/current
  place_files
  sync -f $home $lib
}

complete_version() { # NAME
  sync -f "$versions/$1"
  touch "$versions/$1/complete"
}

remove_version() { # NAME
  rm -f "${versions:?}/$1/complete"
  rm -rf "${versions:?}/$1"
}

# Among them those that were cut off while they were made.
remove_versions_but() { # NAME...
  local folder
  for folder in "$versions"/*/; do
    folder=$(basename "$folder")
    [ ! -d "$versions/$folder" ] || [[ " $* " = *" $folder "* ]] || remove_version "$folder"
  done
}

# Each file of current/share into the folder where the system looks for it. /etc stays the administrator's.
place_files() {
  local file
  while read -r file; do
    mkdir -p "$(dirname "$lib/$file")"
    cp "$home/current/share/$file" "$lib/$file.new"
    mv -fT "$lib/$file.new" "$lib/$file"
  done < <(cd $home/current/share && find . -type f -printf '%P\n')
  placed_files | while read -r file; do
    [ -f "$home/current/share/$file" ] || rm -f "$lib/$file" # of another version
  done
  mkdir -p "$(dirname $command)"
  ln -sfn $home/current/bin/edge-agent $command
}

placed_files() {
  (cd $lib && find systemd sysusers.d udev -type f -name '*edge-agent*' 2>/dev/null || true)
}

remove_files() {
  placed_files | while read -r file; do rm -f "$lib/$file"; done
  [ ! -L $command ] || rm -f $command
}
