"""The patron's page, which any web site may embed: plain HTML, small, public alone."""
