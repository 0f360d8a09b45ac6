"""System Center Service Provider Foundation: checkpoints of virtual machines, and the jobs that restore them."""
