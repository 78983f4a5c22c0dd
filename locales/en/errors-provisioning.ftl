error-not-capable = This service cannot do that.
error-cluster-in-use = { $instances } services still run on this cluster. Move or stop them first.
error-node-draining = { $machine } is being emptied. Stop that first.
error-settings-changed = Somebody else changed these settings meanwhile. Please open the page again.
error-cluster-refused = The cluster refused our request. Nothing was changed.
error-cluster-unreachable = The cluster cannot be reached right now. Your data is safe; please try again in a moment.
