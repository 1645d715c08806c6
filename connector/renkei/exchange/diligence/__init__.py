"""Due diligence between companies: alerts that travel downstream, questionnaires that travel upstream and back."""
