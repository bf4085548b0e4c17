#!/bin/sh
# Runs before the customizations of every account; a status other than 0 stops this account alone.
# Makes sure that what follows has a session of its own and knows which account it is in.
set -eu

for name in VEND_ACCOUNT VEND_ACCOUNT_ID VEND_REGION VEND_CONTEXT; do
  eval "value=\${$name:-}"
  if [ -z "$value" ]; then
    echo "$name is not set: run this as a hook of vend" >&2
    exit 1
  fi
done

case "$VEND_ACCOUNT_ID" in
*[!0-9]* | 000000000000)
  echo "\"$VEND_ACCOUNT_ID\" is not the id of an account" >&2
  exit 1
  ;;
esac

if [ -z "${AWS_SESSION_TOKEN:-}" ] && [ -z "${AWS_CONTAINER_CREDENTIALS_FULL_URI:-}" ]; then
  echo "no session for account $VEND_ACCOUNT_ID in the environment" >&2
  exit 1
fi

echo "customizing $VEND_ACCOUNT ($VEND_ACCOUNT_ID) in $VEND_REGION"
