"""A local AWS for drctl's tests: ministack, and on top of it what Aurora disaster recovery needs.

ministack (MIT, from PyPI) answers most of AWS well.  What it answers too thinly is answered here, by handlers
that are driven by AWS's own service models:

=================  ====================================================================================
``settings``       how long things take, where to listen: everything that the environment decides
``clock``          things that happen later, in the account and Region in which they were started
``models``         AWS's service models, as botocore carries them
``wire``           requests -> parameters, results -> answers, for every protocol AWS speaks
``validation``     is this request one that AWS's model allows?
``operations``     the register of operations answered here; errors; stores that a reset clears
``gateway``        the door: what every request passes on its way
``faults``         errors, latency, dropped and hanging connections, on demand
``recorder``       what was asked, by whom, and what it was answered
``credentials``    keys that are expired or unknown
``rds``            Aurora: clusters, instances, global databases and all that belongs to them
``backup``         AWS Backup: vaults, plans, jobs, copies between accounts, restores
``organizations``  who is in one organisation with whom
``policy``         does a resource policy let this caller do that?
``paging``         lists in pages
``tagging``        GetResources over all services
``event_delivery`` which bus and which function an event reaches, and which not
``kms`` ... ``sts``  the small differences of one service each
``judge``          were all recorded requests valid?
``seed``           the estate that exists before drctl is run
=================  ====================================================================================

Nothing in the installed package is edited, nothing listens outside 127.0.0.1, nothing needs the network.
"""
