"""Looking at a policy before anybody is offered it: what can never hold, contradicts itself or is lost on the way."""
