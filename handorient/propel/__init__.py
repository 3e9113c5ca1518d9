"""The PROPEL loss and the network that learns with it: torch, and nothing else heavy."""

from handorient.propel.loss import PROPELLoss, propel_loss
from handorient.propel.network import NetworkConfig, OrientationNet

__all__ = ["NetworkConfig", "OrientationNet", "PROPELLoss", "propel_loss"]
